import type pg from "pg";
import { describe, expect } from "vitest";
import { test as base, type TestDatabase } from "../../../tests/support/test.ts";
import { BLOCK_EMBEDDINGS, DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { SeededRandom } from "../embeddings/seeded-random.ts";
import { copySynthetic } from "./copy-synthetic.server.ts";
import { hnswIndexes, withoutHnswIndexes } from "./hnsw-rebuild.server.ts";
import { insertSynthetic, takesCopy } from "./insert-synthetic.server.ts";
import { seedSynthetic } from "./seed-synthetic.server.ts";

const test = base.extend("through", "init");
const server = { tags: ["server"] };

const add = { copy: copySynthetic, insert: insertSynthetic };
const ROW = `SELECT id, page_id, workspace_id, chunk_index, chunk_text, embedding::text, metadata FROM page_embeddings`;

async function halfvecPages(client: pg.Client): Promise<void> {
  await client.query(`DROP INDEX ${PAGE_EMBEDDINGS.vectorIndex}`);
  await client.query("ALTER TABLE page_embeddings ALTER COLUMN embedding TYPE halfvec(1536)");
}

async function figures(database: TestDatabase) {
  const [row] = await database.query(
    `SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, count(DISTINCT page_id)::int AS pages,
       count(DISTINCT workspace_id)::int AS workspaces, min(vector_dims(embedding)) AS dimensions,
       bool_and(abs(vector_norm(embedding) - 1) < 1e-5) AS unit, bool_and(chunk_index >= 0) AS numbered
     FROM page_embeddings`,
  );
  return row;
}

describe.for([
  ["copy", server],
  ["insert", {}],
] as const)("%s", ([method, tags]) => {
  test("adds rows that SQL can read", tags, async ({ database }) => {
    const seen: number[] = [];
    const result = await add[method](database.client, PAGE_EMBEDDINGS, {
      rows: 150,
      seed: 1,
      workspaces: 2,
      onProgress: (rows) => seen.push(rows),
    });
    expect(result).toEqual({ rows: 150, milliseconds: expect.any(Number) });
    expect(seen.at(-1)).toBe(150);
    expect(await figures(database)).toEqual({
      rows: 150,
      ids: 150,
      pages: expect.any(Number),
      workspaces: 2,
      dimensions: 1536,
      unit: true,
      numbered: true,
    });
  });

  test("fills every table of the registry", tags, async ({ database }) => {
    for (const table of EMBEDDING_TABLES) {
      await add[method](database.client, table, { rows: 3, seed: 1 });
      const rows = await database.query(`SELECT count(embedding)::int AS count FROM ${table.name}`);
      expect(rows).toEqual([{ count: 3 }]);
    }
  });

  test(
    "writes halfvec where the column is halfvec, rounded as the server rounds",
    tags,
    async ({ database }) => {
      await add[method](database.client, PAGE_EMBEDDINGS, { rows: 20, seed: 1 });
      const expected = await database.query(
        "SELECT id, embedding::halfvec(1536)::text AS e FROM page_embeddings ORDER BY id",
      );
      await database.query("TRUNCATE page_embeddings");
      await halfvecPages(database.client);
      await add[method](database.client, PAGE_EMBEDDINGS, { rows: 20, seed: 1 });
      expect(
        await database.query("SELECT id, embedding::text AS e FROM page_embeddings ORDER BY id"),
      ).toEqual(expected);
    },
  );

  test("says that it was told to stop, and leaves the connection usable", tags, async ({ database }) => {
    const controller = new AbortController();
    const options = { rows: 20_000, seed: 1, onProgress: () => controller.abort(new Error("enough")) };
    const running = add[method](database.client, PAGE_EMBEDDINGS, { ...options, signal: controller.signal });
    await expect(running).rejects.toThrow();
    expect(await database.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

test("COPY and INSERT make the same rows from the same options", server, async ({ database }) => {
  await copySynthetic(database.client, PAGE_EMBEDDINGS, { rows: 30, seed: 4 });
  const copied = await database.query(`${ROW} ORDER BY id`);
  await database.query("TRUNCATE page_embeddings");
  await insertSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 30, seed: 4 });
  expect(await database.query(`${ROW} ORDER BY id`)).toEqual(copied);
});

test("whether COPY is taken is known before it is tried", async ({ database }) => {
  expect(await takesCopy(database.client)).toBe(database.kind === "server");
});

describe("rows", () => {
  test("a second load adds others", async ({ database }) => {
    await insertSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 20, seed: 1 });
    await insertSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 20, seed: 1 });
    const [row] = await database.query(
      "SELECT count(*)::int AS rows, count(DISTINCT embedding)::int AS embeddings FROM page_embeddings",
    );
    expect(row).toEqual({ rows: 40, embeddings: 40 });
  });

  test("time-ordered ids grow in the order of the rows, random ones do not", async ({ database }) => {
    const ordered = "SELECT array_agg(id ORDER BY ctid) = array_agg(id ORDER BY id) AS ordered FROM";
    await insertSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 40, seed: 1, ids: "v7" });
    expect(await database.query(`${ordered} page_embeddings`)).toEqual([{ ordered: true }]);
    await insertSynthetic(database.client, DOCUMENTS, { rows: 40, seed: 1, ids: "v4" });
    expect(await database.query(`${ordered} documents`)).toEqual([{ ordered: false }]);
  });

  test.for([300, 400, 1000])("have about %i bytes beside the embedding", async (rowBytes, { database }) => {
    const tables = [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS];
    for (const table of tables) {
      await database.query(`DROP INDEX ${table.vectorIndex}`);
      await insertSynthetic(database.client, table, { rows: 400, seed: 1, rowBytes });
      const [row] = await database.query<{ bytes: number }>(
        `SELECT avg(pg_column_size(t.*) - pg_column_size(embedding) + 18 + 4)::float AS bytes FROM ${table.name} t`,
      );
      expect(Math.abs((row?.bytes as number) - rowBytes)).toBeLessThan(rowBytes * 0.1);
    }
  });

  test("belong to the workspaces with a skew", async ({ database }) => {
    await seedSynthetic(database.client, PAGE_EMBEDDINGS, {
      rows: 600,
      seed: 1,
      workspaces: 3,
      method: "insert",
    });
    const rows = await database.query<{ name: string; rows: number }>(
      `SELECT w.name, count(*)::int AS rows FROM page_embeddings e JOIN workspaces w ON w.id = e.workspace_id
       GROUP BY w.name ORDER BY rows DESC`,
    );
    expect(rows.map(({ name }) => name)).toEqual(["Synthetic 1-1", "Synthetic 1-2", "Synthetic 1-3"]);
    expect(rows[0]?.rows).toBeGreaterThan(2 * (rows[2]?.rows as number));
  });
});

describe("HNSW indexes", () => {
  test("of an empty table are built after the load, as they were", async ({ database }) => {
    const before = await hnswIndexes(database.client, PAGE_EMBEDDINGS);
    const options = { rows: 50, seed: 1, method: "insert" } as const;
    const result = await seedSynthetic(database.client, PAGE_EMBEDDINGS, options);
    expect(result).toMatchObject({ rows: 50, throughIndexes: false });
    expect(result.rebuiltIndexes).toEqual(["public.page_embeddings_embedding_idx"]);
    expect(await hnswIndexes(database.client, PAGE_EMBEDDINGS)).toEqual(before);
  });

  test("of a table with rows stay, and so on request", async ({ database }) => {
    const options = { rows: 5, seed: 1, method: "insert" } as const;
    const kept = await seedSynthetic(database.client, PAGE_EMBEDDINGS, { ...options, rebuildIndexes: false });
    const second = await seedSynthetic(database.client, PAGE_EMBEDDINGS, options);
    expect([kept, second].map(({ throughIndexes }) => throughIndexes)).toEqual([true, true]);
    expect([kept, second].flatMap(({ rebuiltIndexes }) => rebuiltIndexes)).toEqual([]);
  });

  test("are there after a load that failed, and the rows are not", async ({ database }) => {
    const before = await hnswIndexes(database.client, PAGE_EMBEDDINGS);
    const load = async () => {
      await insertSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 5, seed: 1 });
      throw new Error("the load failed");
    };
    await expect(withoutHnswIndexes(database.client, PAGE_EMBEDDINGS, load)).rejects.toThrow(
      "the load failed",
    );
    expect(await hnswIndexes(database.client, PAGE_EMBEDDINGS)).toEqual(before);
    expect(await database.query("SELECT FROM page_embeddings")).toEqual([]);
  });
});

test("an HNSW index finds the neighbours as it does in real text", server, async ({ database }) => {
  await seedSynthetic(database.client, PAGE_EMBEDDINGS, { rows: 3000, seed: 1, method: "copy" });
  const queries = await database.query<{ e: string }>(
    "SELECT embedding::text AS e FROM page_embeddings ORDER BY md5(id::text) LIMIT 40",
  );
  const nearest = async (e: string) =>
    await database.query<{ id: string }>(
      "SELECT id FROM page_embeddings ORDER BY embedding <=> $1::vector LIMIT 10",
      [e],
    );
  await database.query("SET enable_indexscan = off");
  const exact: { id: string }[][] = [];
  for (const { e } of queries) exact.push(await nearest(e));
  await database.query("SET enable_indexscan = on; SET enable_seqscan = off; SET hnsw.ef_search = 40");
  const approximate = [];
  for (const { e } of queries) approximate.push(await nearest(e));
  const found = approximate.flatMap((rows, query) =>
    rows.filter(({ id }) => exact[query]?.some((row) => row.id === id)),
  );
  expect(found.length / (queries.length * 10)).toBeGreaterThan(0.9);
});

test("half-precision numbers are rounded as PostgreSQL rounds them", async ({ database }) => {
  const { binaryHalfvec } = await import("../embeddings/binary-vector.ts");
  const random = new SeededRandom(9);
  const values = Float32Array.from({ length: 1000 }, () => random.normal() * 2 ** (random.below(46) - 30));
  values.set([
    0,
    -0,
    1,
    65_504,
    65_519,
    6.1e-5,
    6.09e-5,
    5.96e-8,
    2.98e-8,
    2.99e-8,
    1e-9,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
  ]);
  const text = `[${Array.from(values, (value) => Math.max(-65_504, Math.min(65_504, value))).join(",")}]`;
  const clamped = Float32Array.from(values, (value) => Math.max(-65_504, Math.min(65_504, value)));
  const [row] = await database.query("SELECT $1::halfvec = $2::text::vector::halfvec AS same", [
    binaryHalfvec(clamped),
    text,
  ]);
  expect(row).toEqual({ same: true });
});
