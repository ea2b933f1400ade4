import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { requireGain } from "../../app/services/halfvec/contract/value-storage.ts";
import type { ValueStorage } from "../../app/services/halfvec/value-storages.ts";
import { finished, startTool } from "../support/cli.ts";
import { AT_ONCE, SWAPPED } from "../support/contracting.ts";
import { refusalOf } from "../support/engine.ts";
import { migrateIn } from "../support/migrate.ts";
import { type TestDatabase, testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn(SWAPPED);
const SLOW = 240_000;

/** Strategy of the column, options of the table, and how many chunks are out of line. */
async function storageOf(database: TestDatabase) {
  const [row] = await database.query<{ strategy: string; options: string[] | null; toast: string }>(
    `SELECT a.attstorage AS strategy, c.reloptions AS options, c.reltoastrelid::regclass AS toast
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding'
     WHERE c.oid = 'page_embeddings'::regclass`,
  );
  const [chunks] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${row?.toast}`,
  );
  return { strategy: row?.strategy, options: row?.options, chunks: chunks?.count };
}

/** Every row with every bit of its value. */
async function contents(database: TestDatabase): Promise<unknown[]> {
  return database.query(
    "SELECT id, chunk_text, md5(halfvec_send(embedding)) AS bits FROM page_embeddings ORDER BY id",
  );
}

async function rewrite(
  database: TestDatabase,
  directory: string,
  reclaim: string,
  storage: ValueStorage,
): Promise<void> {
  const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", reclaim, "--storage", storage);
  expect(run, run.stderr).toMatchObject({ code: 0 });
}

async function statusOf(directory: string, database: TestDatabase): Promise<string> {
  const tool = startTool({ args: ["status"], databaseUrl: database.url, cwd: directory });
  return (await finished(tool)).stdout;
}

const INLINE = { strategy: "m", options: ["toast_tuple_target=4080"], chunks: 0 };

test("VACUUM (FULL) moves the values into their rows, bit for bit, and out again", { timeout: SLOW }, async ({
  database,
}) => {
  const before = await contents(database);
  const directory = await createWorkingCopy();
  await rewrite(database, directory, "vacuum-full", "inline");
  expect(await storageOf(database)).toEqual(INLINE);
  expect(await contents(database)).toEqual(before);
  expect(await statusOf(directory, database)).toContain(
    "New embeddings stay in their rows (--storage inline) in page_embeddings, ",
  );

  // Long texts go out of line, so that a value always finds its place.
  await database.query(
    `INSERT INTO page_embeddings (page_id, workspace_id, chunk_text, embedding)
     SELECT page_id, workspace_id, (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) AS n), embedding
     FROM page_embeddings LIMIT 1`,
  );
  // 12,800 bytes of letters that do not compress by half.
  expect((await storageOf(database)).chunks).toBeGreaterThan(2);
  expect((await storageOf(database)).chunks).toBeLessThan(8);

  await rewrite(database, directory, "vacuum-full", "toast");
  const back = await storageOf(database);
  expect(back).toMatchObject({ strategy: "e", options: null });
  expect(await statusOf(directory, database)).not.toContain("stay in their rows");
  expect(back.chunks).toBeGreaterThanOrEqual(2 * 61);
  expect(
    (await contents(database)).filter((row) => !before.some((one) => isDeepStrictEqual(one, row))),
  ).toHaveLength(1);
});

test("pg_repack does it too, while the table is read and written", {
  timeout: SLOW,
  tags: ["pg_repack"],
}, async ({ database }) => {
  await database.query("CREATE EXTENSION pg_repack");
  const before = await contents(database);
  await rewrite(database, await createWorkingCopy(), "pg_repack", "inline");
  expect(await storageOf(database)).toEqual(INLINE);
  expect(await contents(database)).toEqual(before);
});

test("inline is refused where two rows would not fit onto a page", async ({ database }) => {
  const room = (dimensions: number) => requireGain(database.client, [{ ...PAGE_EMBEDDINGS, dimensions }]);
  await room(1536);
  expect(await refusalOf(room(2000))).toMatch(
    /a value of page_embeddings takes 4008 bytes, so that its rows would not fit well .* Leave out --storage/,
  );
});
