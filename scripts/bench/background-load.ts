import pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";

export interface LoadFigures {
  /** Milliseconds of each search, through the search service. */
  searches: number[];
  /** Milliseconds of each write; the largest is the longest that a writer waited. */
  writes: number[];
  errors: string[];
}

const PAUSE_MS = 20;

/**
 * A steady load on one table until `stop`: one searcher over the vectors of its own rows and one writer, which updates
 * embeddings and text in turn as the old app does (with a cast to `vector`), each with a short pause between.
 */
export async function backgroundLoad(
  url: string,
  table: EmbeddingTable,
): Promise<{ stop(): Promise<LoadFigures> }> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  const { rows: targets } = await pool.query<{ id: string; vector: string }>(
    `SELECT id, embedding::text AS vector FROM ${table.name} ORDER BY md5(id::text) LIMIT 200`,
  );
  const vectors = targets.map((target): number[] => JSON.parse(target.vector));
  const figures: LoadFigures = { searches: [], writes: [], errors: [] };
  let running = true;
  const loop = async (times: number[], work: (turn: number) => Promise<unknown>) => {
    for (let turn = 0; running; turn++) {
      const began = performance.now();
      await work(turn).catch((error: unknown) => figures.errors.push(String(error)));
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const loops = [
    loop(figures.searches, async (turn) => {
      const { hits } = await searchEmbeddings(
        { table, vector: vectors[turn % vectors.length] ?? [], limit: 10, workspaceId: EVERY_WORKSPACE },
        pool,
      );
      if (hits.length === 0) figures.errors.push("a search found nothing");
    }),
    loop(figures.writes, (turn) => {
      const target = targets[turn % targets.length];
      return turn % 2 === 0
        ? pool.query(`UPDATE ${table.name} SET embedding = $2::vector WHERE id = $1`, [
            target?.id,
            target?.vector,
          ])
        : pool.query(`UPDATE ${table.name} SET updated_at = now() WHERE id = $1`, [target?.id]);
    }),
  ];
  return {
    async stop() {
      running = false;
      await Promise.all(loops);
      await pool.end();
      return figures;
    },
  };
}
