import pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { forgetEmbeddingColumns, readEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import { walkStatement } from "../../app/services/rag/graph-sql.ts";
import { pageGraph, relatedPages } from "../../app/services/rag/knowledge-graph.server.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { goBack, runUntil } from "../support/engine.ts";
import { planOf } from "../support/explained-database.ts";
import { type TestDatabase, test as withDatabase } from "../support/test.ts";
import { deploy } from "./search-database.ts";

interface Fixtures {
  pool: pg.Pool;
}

const test = withDatabase.extend<Fixtures>({
  pool: async ({ database }, use) => {
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on("error", () => {});
    await use(pool);
    await pool.end();
  },
});

test.override({ through: "init" });

/** Generated chunks as the pages of one workspace, each page linked to the next. Returns the workspace and some pages. */
async function fill(database: TestDatabase, rows: number): Promise<{ workspaceId: string; pages: string[] }> {
  await fillTable(database, PAGE_EMBEDDINGS, rows);
  const [workspace] = await database.query<{ id: string }>(
    "INSERT INTO workspaces (name) VALUES ('Generated') RETURNING id",
  );
  const workspaceId = workspace?.id ?? "";
  // Neither column of the index changes, so that the vectors stay where they are.
  await database.query("UPDATE page_embeddings SET workspace_id = $1", [workspaceId]);
  const pages = await database.query<{ id: string }>(
    `INSERT INTO pages (id, workspace_id, title)
     SELECT DISTINCT page_id, $1::uuid, 'Page' FROM page_embeddings RETURNING id`,
    [workspaceId],
  );
  await database.query(
    `INSERT INTO page_links (source_page_id, target_page_id)
     SELECT id, next FROM (SELECT id, lead(id) OVER (ORDER BY id) AS next FROM pages) AS p WHERE next IS NOT NULL`,
  );
  await database.query("VACUUM ANALYZE page_embeddings, pages, page_links");
  return {
    workspaceId,
    pages: pages
      .map(({ id }) => id)
      .sort()
      .slice(0, 4),
  };
}

describe("the graph while the database is migrated", () => {
  test("is the same before, beside the twin, after the swap and after a rollback", async ({
    database,
    pool,
  }) => {
    const { workspaceId, pages } = await fill(database, 120);
    const column = async () => {
      forgetEmbeddingColumns(PAGE_EMBEDDINGS, pool);
      const { live, twin } = await readEmbeddingColumns(PAGE_EMBEDDINGS, pool);
      return { live: live.type, twin: twin?.verified ?? false };
    };
    const answers = async () => {
      const found = new Map<string, number>();
      for (const page of pages) {
        const graph = await pageGraph(workspaceId, [page], { depth: 2, limit: 12 }, pool);
        for (const { id, score } of graph.nodes) found.set(`${page} reaches ${id}`, score);
        const { similar } = await relatedPages(workspaceId, page, 4, pool);
        for (const { id, similarity } of similar) found.set(`${page} is near ${id}`, similarity);
      }
      return found;
    };
    expect(await column()).toEqual({ live: "vector", twin: false });
    const before = await answers();
    expect(before.size).toBeGreaterThan(pages.length * 12);

    await runUntil(database, "verify");
    expect(await column()).toEqual({ live: "vector", twin: true });
    // What the app knows of the columns is younger than its age limit when they are swapped.
    expectSame(await answers(), before);
    await deploy(pool, "swap_embedding_columns");
    expectSame(await answers(), before);
    expect(await column()).toEqual({ live: "halfvec", twin: false });

    await goBack(database, "baseline");
    expectSame(await answers(), before);
    expect(await column()).toEqual({ live: "vector", twin: false });
  });
});

function expectSame(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): void {
  expect([...now.keys()].sort()).toEqual([...before.keys()].sort());
  const differing = [...before].filter(([key, value]) => Math.abs((now.get(key) ?? 0) - value) > 0.01);
  expect(differing).toEqual([]);
}

test("the recursion looks for near pages in the vector index", { tags: ["server"] }, async ({
  database,
  pool,
}) => {
  const { workspaceId, pages } = await fill(database, 1_000);
  const { text, values } = walkStatement(
    PAGE_EMBEDDINGS,
    { name: "embedding", type: "vector" },
    {
      workspaceId,
      starts: [{ pageId: pages[0] ?? "", score: 1 }],
      depth: 4,
      limit: 100,
      efSearch: 100,
      iterativeScan: true,
    },
  );
  const plan = await planOf(pool, text, values);
  expect(plan.indexes).toContain("page_embeddings_embedding_idx");
  expect(plan.scanned).not.toContain("page_embeddings");
});
