import { describe, expect } from "vitest";
import { DOCUMENTS } from "../../app/embedding-tables.ts";
import { findDependents } from "../../app/services/halfvec/dependents/find-dependents.ts";
import { constantVector, fillTable } from "../support/embedding-rows.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "add_halfvec_columns" });
const QUERY = constantVector(DOCUMENTS.dimensions, 0.5);

function onSwap(database: TestDatabase) {
  return findDependents(database.client, DOCUMENTS, DOCUMENTS.column, "swap");
}

/** The renames of the swap and nothing else: no guard stands in the way. */
async function rename(database: TestDatabase): Promise<void> {
  await database.query(`
    DROP TRIGGER zz_halfvec_keep_twin ON documents;
    ALTER TABLE documents RENAME COLUMN embedding TO embedding_vector_backup;
    ALTER TABLE documents RENAME COLUMN embedding_halfvec TO embedding`);
}

type Case = [signature: string, body: string, call: string];

const SQL_AND_PLPGSQL_THAT_GO_ON: Case[] = [
  [
    "near(q vector, k int) RETURNS TABLE (id uuid, distance float8) LANGUAGE sql STABLE",
    "SELECT d.id, d.embedding <=> q FROM documents d ORDER BY d.embedding <=> q LIMIT k",
    "near($1::vector, 3)",
  ],
  [
    "near(q vector, k int) RETURNS TABLE (id uuid, found vector) LANGUAGE sql STABLE",
    "SELECT d.id, d.embedding FROM documents d ORDER BY d.embedding <=> q LIMIT k",
    "near($1::vector, 3)",
  ],
  [
    "near(q vector, k int) RETURNS TABLE (key uuid, distance float8) LANGUAGE plpgsql STABLE",
    "BEGIN RETURN QUERY SELECT d.id, d.embedding <=> q FROM documents d ORDER BY d.embedding <=> q LIMIT k; END",
    "near($1::vector, 3)",
  ],
  [
    "near(q vector, k int) RETURNS TABLE (key uuid, found vector) LANGUAGE plpgsql STABLE",
    "BEGIN RETURN QUERY SELECT d.id, d.embedding::vector FROM documents d ORDER BY d.embedding <=> q LIMIT k; END",
    "near($1::vector, 3)",
  ],
  [
    "nearest(q vector) RETURNS vector LANGUAGE plpgsql STABLE",
    "DECLARE found vector; BEGIN SELECT embedding INTO found FROM documents ORDER BY embedding <=> q LIMIT 1; RETURN found; END",
    "nearest($1::vector)",
  ],
  [
    "put(q vector) RETURNS uuid LANGUAGE sql",
    "INSERT INTO documents (id, workspace_id, title, content, embedding) VALUES (gen_random_uuid(), gen_random_uuid(), '', '', q) RETURNING id",
    "put($1::vector)",
  ],
  [
    "distance(q vector) RETURNS float8 LANGUAGE sql",
    "SELECT min(l2_distance(embedding, q)) FROM documents",
    "distance($1::vector)",
  ],
];

const THAT_THE_SWAP_BREAKS: [...Case, fault: RegExp][] = [
  [
    "near(q vector, k int) RETURNS TABLE (key uuid, found vector) LANGUAGE plpgsql STABLE",
    "BEGIN RETURN QUERY SELECT d.id, d.embedding FROM documents d ORDER BY d.embedding <=> q LIMIT k; END",
    "near($1::vector, 3)",
    /structure of query does not match/,
  ],
  [
    "near(q vector) RETURNS SETOF vector LANGUAGE plpgsql STABLE",
    "BEGIN RETURN QUERY EXECUTE 'SELECT embedding FROM documents ORDER BY embedding <=> $1 LIMIT 3' USING q; END",
    "near($1::vector)",
    /structure of query does not match/,
  ],
  [
    "near(q vector) RETURNS SETOF found LANGUAGE plpgsql STABLE",
    "BEGIN RETURN QUERY SELECT d.id, d.embedding FROM documents d ORDER BY d.embedding <=> q LIMIT 3; END",
    "near($1::vector)",
    /structure of query does not match/,
  ],
  [
    "longest(q vector) RETURNS float8 LANGUAGE sql STABLE",
    "SELECT max(vector_norm(embedding)) FROM documents",
    "longest($1::vector)",
    /function vector_norm\(halfvec\) does not exist/,
  ],
  [
    "best(q vector) RETURNS float8 LANGUAGE plpgsql STABLE",
    "BEGIN RETURN (SELECT max(score(q, d.embedding)) FROM documents d); END",
    "best($1::vector)",
    /function score\(vector, halfvec\) does not exist/,
  ],
  [
    "filled(q vector) RETURNS bigint LANGUAGE sql STABLE",
    "SELECT count(embedding_halfvec) FROM documents",
    "filled($1::vector)",
    /column "embedding_halfvec" does not exist/,
  ],
];

describe("functions whose text names the table", () => {
  test.for(SQL_AND_PLPGSQL_THAT_GO_ON)(
    "goes on, and is told: %s",
    async ([signature, body, call], { database }) => {
      await fillTable(database, DOCUMENTS, 10);
      await database.query(`CREATE FUNCTION ${signature} AS $body$ ${body} $body$`);
      expect(await onSwap(database)).toMatchObject([{ kind: "function", effect: "told" }]);
      await rename(database);
      expect((await database.query(`SELECT ${call}`, [QUERY])).length).toBeGreaterThan(0);
    },
  );

  test.for(THAT_THE_SWAP_BREAKS)(
    "fails after the swap, and stops: %s %s",
    async ([signature, body, call, fault], { database }) => {
      await fillTable(database, DOCUMENTS, 10);
      await database.query(`
      CREATE TYPE found AS (id uuid, embedding vector);
      CREATE FUNCTION score(a vector, b vector) RETURNS float8 LANGUAGE sql AS 'SELECT a <=> b';
      CREATE FUNCTION ${signature} AS $body$ ${body} $body$`);
      await database.query(`SELECT ${call}`, [QUERY]);
      expect(await onSwap(database)).toMatchObject([{ kind: "function", effect: "breaks" }]);
      await rename(database);
      await expect(database.query(`SELECT ${call}`, [QUERY])).rejects.toThrow(fault);
    },
  );

  test("a distance from the column cast to vector loses the index, and stops", async ({ database }) => {
    await fillTable(database, DOCUMENTS, 200);
    const body = "SELECT id FROM documents ORDER BY embedding::vector(1536) <=> q LIMIT 3";
    await database.query(
      `CREATE FUNCTION near(q vector) RETURNS SETOF uuid LANGUAGE sql STABLE AS '${body}'`,
    );
    expect(await onSwap(database)).toMatchObject([
      { effect: "breaks", message: expect.stringContaining("no index would serve that") },
    ]);
    await database.query(
      "CREATE INDEX on_the_twin ON documents USING hnsw (embedding_halfvec halfvec_cosine_ops)",
    );
    const plan = async () => {
      const rows = await database.query(`EXPLAIN (COSTS OFF) SELECT near('${QUERY}'::vector)`);
      const inlined = await database.query(`EXPLAIN (COSTS OFF) SELECT * FROM near('${QUERY}'::vector)`);
      return [...rows, ...inlined].map((row) => row["QUERY PLAN"]).join("\n");
    };
    await database.query("SET enable_seqscan = off");
    expect(await plan()).toContain("Index Scan using documents_embedding_hnsw_idx");
    await rename(database);
    expect(await plan()).not.toContain("Index Scan using on_the_twin");
  });
});

test("a false alarm is answered for in the comment, with the statement that the message gives", async ({
  database,
}) => {
  await database.query(`
    CREATE FUNCTION near(q vector) RETURNS SETOF uuid LANGUAGE sql AS
      $$SELECT id FROM documents WHERE 'embedding_halfvec' <> '' ORDER BY embedding <=> q LIMIT 3$$`);
  const [alarm] = await onSwap(database);
  expect(alarm).toMatchObject({ name: "near(vector)", effect: "breaks" });
  const answer = /say so: (COMMENT ON FUNCTION near\(vector\) IS 'halfvec: checked')$/.exec(
    alarm?.message ?? "",
  );
  await database.query("COMMENT ON FUNCTION near(vector) IS 'Nearest documents.'");
  expect(await onSwap(database)).toMatchObject([{ effect: "breaks" }]);
  await database.query(String(answer?.[1]));
  expect(await onSwap(database)).toMatchObject([
    { effect: "told", message: expect.stringContaining("was checked") },
  ]);
});

describe("overloads", () => {
  test("of which one would be left behind are told, with which to drop", async ({ database }) => {
    await database.query(`
      CREATE FUNCTION near(q halfvec) RETURNS SETOF uuid LANGUAGE sql AS
        'SELECT id FROM documents ORDER BY embedding <=> q LIMIT 3';
      CREATE FUNCTION near(q vector) RETURNS SETOF uuid LANGUAGE sql AS 'SELECT near(q::halfvec)';
      CREATE FUNCTION other(q vector) RETURNS vector LANGUAGE sql AS 'SELECT q'`);
    expect(await onSwap(database)).toMatchObject([
      {
        name: "near(vector)",
        effect: "told",
        message: expect.stringMatching(/left behind.*DROP FUNCTION near\(vector\)/),
      },
    ]);
    await expect(database.query("SELECT near($1)", [QUERY])).rejects.toThrow(/is not unique/);
  });
});

describe("what is no finding", () => {
  test("functions of extensions, of the migration, of other tables, and names in comments", async ({
    database,
  }) => {
    await database.query(`
      CREATE FUNCTION elsewhere(q vector) RETURNS SETOF uuid LANGUAGE sql AS
        'SELECT id FROM page_embeddings ORDER BY embedding <=> q';
      CREATE FUNCTION commented(q vector) RETURNS vector LANGUAGE sql AS '/* documents */ SELECT q -- documents';
      CREATE FUNCTION titles() RETURNS SETOF text LANGUAGE sql AS 'SELECT title FROM documents'`);
    expect(await onSwap(database)).toEqual([]);
  });
});

test("back again, a function that gives out halfvec is the one that fails", async ({ database }) => {
  await fillTable(database, DOCUMENTS, 10);
  await rename(database);
  await database.query(`
    CREATE FUNCTION halves() RETURNS SETOF halfvec LANGUAGE plpgsql AS
      'BEGIN RETURN QUERY SELECT embedding FROM documents; END';
    CREATE FUNCTION near(q halfvec) RETURNS SETOF uuid LANGUAGE sql AS
      'SELECT id FROM documents ORDER BY embedding <=> q LIMIT 3'`);
  expect(await findDependents(database.client, DOCUMENTS, DOCUMENTS.column, "rollback")).toMatchObject([
    { name: "halves()", effect: "breaks" },
    { name: "near(halfvec)", effect: "told" },
  ]);
  await database.query(`
    ALTER TABLE documents RENAME COLUMN embedding TO embedding_halfvec;
    ALTER TABLE documents RENAME COLUMN embedding_vector_backup TO embedding`);
  await expect(database.query("SELECT halves()")).rejects.toThrow(/structure of query does not match/);
  expect(await database.query("SELECT near($1::halfvec)", [QUERY])).toHaveLength(3);
});
