import { describe, expect } from "vitest";
import { prepareSwapBack, readDown } from "../support/down-migrations.ts";
import { goBack, refusalOf } from "../support/engine.ts";
import { migrate } from "../support/migrate.ts";
import { filled, moved } from "../support/migration-states.ts";
import { readFrom } from "../support/open-database.ts";
import { bytesById } from "../support/rows-after-swap.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { phases } from "../support/table-phases.ts";
import { testOn } from "../support/test.ts";

const FILLED = filled(60, 20);
const test = testOn(moved(FILLED, "swap"));
const SLOW = 240_000;

describe("a rollback", () => {
  test("does nothing without --yes where nobody is there", { timeout: SLOW }, async ({ database }) => {
    const before = await schemaSnapshot(database);
    const run = await migrate(database, "rollback", "--to", "index");
    expect(run).toMatchObject({ code: 3, summary: { outcome: "refused" } });
    expect(run.stderr).toContain("npm run migrate:halfvec -- rollback --to index --json --yes");
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("stops before the columns change places where a backup is not what the app reads", {
    timeout: SLOW,
  }, async ({ database }) => {
    const originals = await readFrom(FILLED, bytesById);
    await database.query("ALTER TABLE page_embeddings DISABLE TRIGGER ALL");
    await database.query(
      "UPDATE page_embeddings SET embedding_vector_backup = (SELECT embedding_vector_backup FROM documents LIMIT 1) WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings)",
    );
    await database.query("ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_clear_backup");
    const refusal = await refusalOf(goBack(database, "baseline"));
    expect(refusal).toMatch(/^1 row of page_embeddings has a backup that is not what the app reads/);
    expect(await phases(database)).toEqual(["swapped"]);

    const repair = /(UPDATE .*); then run again/.exec(refusal)?.[1] ?? "";
    await database.query(repair);
    await goBack(database, "baseline");
    const after = await bytesById(database);
    const changed = [...originals].filter(([id, bytes]) => after.get(id) !== bytes);
    expect(changed).toHaveLength(1);
  });

  test("stops, and changes nothing, while a view stands on the halfvec column", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query("CREATE VIEW newest AS SELECT id, embedding FROM page_embeddings");
    const before = await schemaSnapshot(database);
    expect(await refusalOf(goBack(database, "baseline"))).toMatch(/newest/);
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("DROP VIEW newest");
    await goBack(database, "baseline");
    expect(await phases(database)).toEqual(["baseline"]);
  });
});

test("down.sql by hand refuses a row that was written while no trigger watched", { timeout: SLOW }, async ({
  database,
}) => {
  await database.query(`
    ALTER TABLE page_embeddings DISABLE TRIGGER ALL;
    UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1)
    WHERE id = (SELECT min(id::text)::uuid FROM page_embeddings);
    ALTER TABLE page_embeddings ENABLE TRIGGER ALL`);
  await prepareSwapBack(database);
  await expect(database.query(await readDown("swap_embedding_columns"))).rejects.toThrow(
    /the backup of 1 rows of page_embeddings is missing or not their value/,
  );
  expect(await phases(database)).toEqual(["swapped"]);
});
