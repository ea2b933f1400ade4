import { describe, expect } from "vitest";
import { DOCUMENTS } from "../../app/embedding-tables.ts";
import { readCatalog, validIndexOn } from "../../app/services/halfvec/catalog.ts";
import { goBack, refusalOf, runUntil } from "../support/engine.ts";
import { filled } from "../support/migration-states.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { testOn } from "../support/test.ts";

const test = testOn(filled(60, 20));
const SLOW = 240_000;

describe("a rollback", () => {
  test("builds every index again that the swap dropped, as it was", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query("ALTER INDEX page_embeddings_embedding_idx RENAME TO as_it_was_called_here");
    await database.query(
      "CREATE INDEX by_length ON page_embeddings USING hnsw (embedding vector_l2_ops) WITH (m = 8, ef_construction = 32)",
    );
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(before);
  });

  test("where there was no index, the one of the registry stands afterwards", { timeout: SLOW }, async ({
    database,
  }) => {
    const baseline = await schemaSnapshot(database);
    await database.query("DROP INDEX page_embeddings_embedding_idx");
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(baseline);
  });
});

describe("an index under another name", () => {
  test("is left alone by a run that goes forward, and stops a rollback before anything is changed", {
    timeout: SLOW,
  }, async ({ database }) => {
    await runUntil(database, "swap");
    await database.query("ALTER INDEX documents_halfvec_hnsw_idx RENAME TO documents_embedding_hnsw_idx");
    await database.query("CREATE INDEX mine ON documents USING hnsw (embedding_vector_backup vector_l2_ops)");
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    expect(await schemaSnapshot(database)).toEqual(before);

    expect(await refusalOf(goBack(database, "index"))).toMatch(
      /documents_embedding_hnsw_idx again, and an index on embedding has that name/,
    );
    expect(await schemaSnapshot(database)).toEqual(before);
    await database.query("ALTER INDEX documents_embedding_hnsw_idx RENAME TO another");
    await goBack(database, "index");
    const catalog = await readCatalog(database.client, DOCUMENTS);
    expect(validIndexOn(catalog, DOCUMENTS.column)?.name).toBe("documents_embedding_hnsw_idx");
  });

  test("IVFFlat under the name of the registry comes back as it was", { timeout: SLOW }, async ({
    database,
  }) => {
    await database.query("DROP INDEX documents_embedding_hnsw_idx");
    await database.query(
      "CREATE INDEX documents_embedding_hnsw_idx ON documents USING ivfflat (embedding vector_cosine_ops) WITH (lists = 2)",
    );
    const before = await schemaSnapshot(database);
    await runUntil(database, "swap");
    await goBack(database, "baseline");
    expect(await schemaSnapshot(database)).toEqual(before);
  });
});
