import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { forgetEmbeddingColumns, readEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { type SearchAnswer, searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { fillPageEmbeddings } from "./search-data.ts";
import { deploy, openSearchDatabase, type SearchDatabase } from "./search-database.ts";

const table = PAGE_EMBEDDINGS;

let database: SearchDatabase;
let pool: pg.Pool;
let vector: number[];

beforeAll(async () => {
  database = await openSearchDatabase();
  pool = database.pool;
  vector = (await fillPageEmbeddings(pool, 240))[5] ?? [];
});

afterAll(() => database.close());

function search(): Promise<SearchAnswer> {
  return searchEmbeddings({ table, vector, limit: 10, workspaceId: EVERY_WORKSPACE }, pool);
}

/** The column that answers once the app has noticed what changed. */
async function columnNow(): Promise<string> {
  forgetEmbeddingColumns(table, pool);
  const { column, hits } = await search();
  expect(hits[0]?.text).toBe("chunk 5");
  return `${column.name} ${column.type}`;
}

async function setFlag(flag: string): Promise<void> {
  await pool.query(
    `INSERT INTO halfvec_migration.settings (name, value) VALUES ('vector_column', to_jsonb($1::text))
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
    [flag],
  );
}

async function recordVerification(name: string, ok: boolean): Promise<void> {
  await pool.query(
    `INSERT INTO halfvec_migration.verifications (table_name, ok, figures, fingerprint)
     VALUES ($1::text, $2, '{}', halfvec_migration.fingerprint($1::text::regclass))`,
    [name, ok],
  );
}

describe("the searched column follows the migration", () => {
  it("reads the vector column at the baseline", async () => {
    expect(await columnNow()).toBe("embedding vector");
    expect(await readEmbeddingColumns(table, pool)).toEqual({
      live: { name: "embedding", type: "vector", indexed: true },
      twin: null,
      backup: false,
      flag: null,
      iterativeScan: true,
    });
  });

  it("does not read a twin that has no index, whatever the flag", async () => {
    await deploy(pool, "add_halfvec_columns");
    await setFlag("halfvec");
    expect(await columnNow()).toBe("embedding vector");
    expect((await readEmbeddingColumns(table, pool)).twin).toMatchObject({ indexed: false, verified: false });
  });

  it("reads the indexed twin when it is verified, or when it is told to", async () => {
    await pool.query("UPDATE page_embeddings SET embedding_halfvec = embedding::halfvec(1536)");
    await deploy(pool, "build_page_embeddings_halfvec_index");
    await pool.query("ANALYZE page_embeddings");
    expect(await columnNow()).toBe("embedding_halfvec halfvec");

    await setFlag("auto");
    expect(await columnNow()).toBe("embedding vector");
    await recordVerification("documents", true);
    expect(await columnNow()).toBe("embedding vector");
    await recordVerification(table.name, true);
    expect(await columnNow()).toBe("embedding_halfvec halfvec");
    await recordVerification(table.name, false);
    expect(await columnNow()).toBe("embedding vector");
    await recordVerification(table.name, true);

    await setFlag("vector");
    expect(await columnNow()).toBe("embedding vector");
    await setFlag("auto");
  });

  it("finds in the twin what the old column finds", async () => {
    forgetEmbeddingColumns(table, pool);
    const twin = await search();
    await setFlag("vector");
    forgetEmbeddingColumns(table, pool);
    const old = await search();
    await setFlag("auto");
    expect([old.column.type, twin.column.type]).toEqual(["vector", "halfvec"]);
    const keys = new Set(old.hits.map((hit) => hit.key));
    expect(twin.hits.filter((hit) => keys.has(hit.key)).length).toBeGreaterThanOrEqual(9);
  });

  it("sees a changed flag by itself within five seconds", async () => {
    expect(await columnNow()).toBe("embedding_halfvec halfvec");
    await setFlag("vector");
    await expect
      .poll(async () => (await search()).column.name, { timeout: 5_000, interval: 200 })
      .toBe("embedding");
    await setFlag("auto");
  });

  it("answers every search during the swap, never with nothing", async () => {
    await deploy(pool, "build_documents_halfvec_index");
    expect(await columnNow()).toBe("embedding_halfvec halfvec");
    let swapped = false;
    const answers: SearchAnswer[] = [];
    const readers = [1, 2, 3].map(async () => {
      for (let after = 0; after < 5; after += swapped ? 1 : 0) answers.push(await search());
    });
    await deploy(pool, "swap_embedding_columns");
    swapped = true;
    await Promise.all(readers);

    expect(answers.filter(({ hits }) => hits.length !== 10)).toEqual([]);
    expect(new Set(answers.map(({ hits }) => hits[0]?.text))).toEqual(new Set(["chunk 5"]));
    expect(answers.at(-1)?.column).toEqual({ name: "embedding", type: "halfvec", indexed: true });
  });

  it("searches the live column after the swap, even where the flag asks for the old one", async () => {
    await setFlag("vector");
    expect(await columnNow()).toBe("embedding halfvec");
    expect(await readEmbeddingColumns(table, pool)).toMatchObject({
      twin: null,
      backup: true,
      flag: "vector",
    });
    await setFlag("auto");
  });

  it("notices that the column went back to vector without an error to tell it", async () => {
    expect(await columnNow()).toBe("embedding halfvec");
    await pool.query("ALTER TABLE page_embeddings RENAME COLUMN embedding TO embedding_halfvec");
    await pool.query("ALTER TABLE page_embeddings RENAME COLUMN embedding_vector_backup TO embedding");
    expect((await search()).hits[0]?.text).toBe("chunk 5");
    expect((await search()).hits[0]?.text).toBe("chunk 5");
    expect((await readEmbeddingColumns(table, pool)).live.type).toBe("vector");
  });

  it("goes by the environment when the bookkeeping is gone", async () => {
    await setFlag("vector");
    expect((await readEmbeddingColumns(table, pool)).flag).toBe("auto");
    await pool.query("DROP SCHEMA halfvec_migration CASCADE");
    forgetEmbeddingColumns(table, pool);
    expect((await readEmbeddingColumns(table, pool)).flag).toBeNull();
    expect((await search()).hits).toHaveLength(10);
  });
});
