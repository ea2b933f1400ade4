import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import type { SyntheticVector } from "../../../app/services/synthetic/synthetic-vectors.ts";
import { type Bench, dataOf } from "../benchmark.ts";
import type { SyntheticRows } from "../scratch-database.ts";
import { queryVectors } from "../search/sides.ts";
import { textVectors } from "../text-vectors.ts";

const ROWS = 50_000;
const QUERIES = 100;
/** Neighbouring texts that count as one document. */
const PIECES = 6;

/** Rows, and queries that are none of them. */
export interface ProfileData {
  kind: "synthetic" | "text";
  rows: SyntheticRows;
  queries: number[][];
}

export async function readProfileData(bench: Bench, table: EmbeddingTable): Promise<ProfileData> {
  const rows = dataOf(bench, ROWS);
  if (bench.data === "synthetic") return { kind: "synthetic", rows, queries: queryVectors(table, QUERIES) };
  const vectors = await textVectors(rows.rows + QUERIES, table.dimensions, bench.say);
  return {
    kind: "text",
    rows: { ...rows, vectors: () => documents(vectors.slice(QUERIES)) },
    queries: vectors.slice(0, QUERIES).map((vector) => [...vector]),
  };
}

function* documents(vectors: readonly Float32Array[]): Generator<SyntheticVector, void, void> {
  for (const [place, vector] of vectors.entries()) yield { vector, document: Math.floor(place / PIECES) };
}
