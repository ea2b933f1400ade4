import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { findDependents } from "../../app/services/halfvec/dependents/find-dependents.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { runUntil } from "../support/engine.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

describe("contract and rollback", () => {
  test("find nothing of our own, and everything of others", { timeout: SLOW }, async ({ database }) => {
    await fillTable(database, DOCUMENTS, 10);
    await fillTable(database, PAGE_EMBEDDINGS, 10);
    await runUntil(database, "index");
    const find = (column: string, change: "contract" | "rollback") =>
      findDependents(database.client, DOCUMENTS, column, change);
    expect(await find(DOCUMENTS.twin, "rollback")).toEqual([]);
    await database.query("CREATE VIEW twins AS SELECT embedding_halfvec FROM documents");
    await database.query(`CREATE FUNCTION count_twins() RETURNS bigint LANGUAGE sql AS
      'SELECT count(embedding_halfvec) FROM documents'`);
    expect(await find(DOCUMENTS.twin, "rollback")).toMatchObject([
      { kind: "view", name: "twins", effect: "breaks" },
      { kind: "function", name: "count_twins()", effect: "breaks" },
    ]);
    await database.query("DROP VIEW twins; DROP FUNCTION count_twins()");

    await runUntil(database, "swap");
    expect(await find(DOCUMENTS.backup, "contract")).toEqual([]);
    expect(await find(DOCUMENTS.column, "rollback")).toEqual([]);
    await database.query(`
      CREATE VIEW originals AS SELECT id, embedding_vector_backup FROM documents;
      CREATE VIEW present AS SELECT id, embedding FROM documents;
      CREATE INDEX backed ON documents (workspace_id) WHERE embedding_vector_backup IS NOT NULL;
      CREATE INDEX by_length ON documents USING hnsw (embedding halfvec_l2_ops);
      CREATE POLICY original ON documents USING (embedding_vector_backup IS NOT NULL);
      CREATE FUNCTION count_backups() RETURNS bigint LANGUAGE sql AS
        'SELECT count(embedding_vector_backup) FROM documents';
      CREATE FUNCTION elsewhere() RETURNS bigint LANGUAGE sql AS
        'SELECT count(embedding_vector_backup) FROM page_embeddings'`);
    expect(await find(DOCUMENTS.backup, "contract")).toMatchObject([
      { kind: "policy", name: "original", effect: "breaks" },
      { kind: "view", name: "originals", effect: "breaks" },
      { kind: "index", name: "backed", effect: "breaks" },
      { kind: "function", name: "count_backups()", effect: "breaks" },
    ]);
    expect(await find(DOCUMENTS.column, "rollback")).toMatchObject([
      { kind: "view", name: "present", effect: "breaks" },
      {
        kind: "index",
        name: "by_length",
        effect: "told",
        message: expect.stringContaining("(embedding_vector_backup vector_l2_ops)"),
      },
    ]);
  });
});
