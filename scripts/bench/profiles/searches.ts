import pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { searchStatement } from "../../../app/services/rag/similarity-sql/nearest-rows.ts";
import type { Bench } from "../benchmark.ts";
import { type Throughput, throughput } from "../search/throughput.ts";

export const SIDES = ["vector", "halfvec", "compact"] as const;
export type Side = (typeof SIDES)[number];

/** `hnsw.ef_search` of each side, for ten results. */
export type SideSettings = Record<Side, number>;
export type SearchFigures = Throughput;

const CONNECTIONS = 4;
const LIMIT = 10;

/** Searches a second of the app's own statement on each side, in turn. */
export async function measureSearches(
  bench: Bench,
  url: string,
  table: EmbeddingTable,
  settings: SideSettings,
  vectors: readonly number[][],
): Promise<Record<Side, SearchFigures[]>> {
  const figures: Record<Side, SearchFigures[]> = { vector: [], halfvec: [], compact: [] };
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on("error", () => undefined);
  try {
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const side of SIDES) {
        const statements = vectors.map((vector) => statementOf(table, side, settings[side], vector));
        const search = (turn: number) => {
          const statement = statements[turn % statements.length];
          return pool.query(statement?.text ?? "", statement?.values);
        };
        // Its pages and its plan come into memory.
        await throughput(CONNECTIONS, 1, search);
        const measured = await throughput(CONNECTIONS, bench.seconds, search);
        figures[side].push(measured);
        bench.say(`${side}: ${measured.queriesPerSecond.toFixed(0)} searches/s`);
      }
    }
  } finally {
    await pool.end();
  }
  return figures;
}

function statementOf(table: EmbeddingTable, side: Side, candidates: number, vector: readonly number[]) {
  const column =
    side === "vector"
      ? ({ name: table.column, type: "vector" } as const)
      : ({ name: table.twin, type: "halfvec" } as const);
  return searchStatement(table, column, {
    vector,
    limit: LIMIT,
    efSearch: candidates,
    iterativeScan: true,
    compact: side === "compact" ? { k: LIMIT, candidates } : undefined,
    select: ["workspace_id", "metadata", "page_id", "chunk_index", { name: "chunk_text", characters: 4_000 }],
  });
}
