import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import type { IndexProfile } from "../../../app/services/index-tuning.ts";
import type { SearchedColumn } from "../../../app/services/rag/similarity-sql/embedding-column.ts";
import { searchStatement } from "../../../app/services/rag/similarity-sql/nearest-rows.ts";

/** The baseline, and what can come of it by contract; `inline` is the compact index with the values in their rows. */
export const SIDES = ["vector", "halfvec", "compact", "inline"] as const;
export type Side = (typeof SIDES)[number];

/** Something of each side. */
export type OfSides<Value> = Record<Side, Value>;

/** How a side is searched: the rows that its scan keeps. */
export type SideSettings = OfSides<number>;

export const LIMIT = 10;

export async function ofSides<Value>(make: (side: Side) => Promise<Value>): Promise<OfSides<Value>> {
  const made: Partial<OfSides<Value>> = {};
  for (const side of SIDES) made[side] = await make(side);
  return made as OfSides<Value>;
}

export function profileOf(side: Side): IndexProfile {
  return side === "compact" || side === "inline" ? "compact" : "halfvec";
}

/** Each side is a database of its own, where the column has its name. */
export function columnOf(table: EmbeddingTable, side: Side): SearchedColumn {
  return { name: table.column, type: side === "vector" ? "vector" : "halfvec" };
}

/** The app's own statement. */
export function searchOf(table: EmbeddingTable, side: Side, candidates: number, vector: readonly number[]) {
  return searchStatement(table, columnOf(table, side), {
    vector,
    limit: LIMIT,
    efSearch: candidates,
    iterativeScan: true,
    compact: profileOf(side) === "compact" ? { k: LIMIT, candidates } : undefined,
    select: ["workspace_id", "metadata", "page_id", "chunk_index", { name: "chunk_text", characters: 4_000 }],
  });
}
