import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import type { Phase } from "../phases.ts";

/**
 * The two columns that verify compares. Before the swap: column and twin; after it: backup and column, where the
 * rows that were written since have no original but what the app reads. After contract there is no other original.
 */
export interface ComparedColumns {
  original: OriginalColumn;
  halfvec: SearchedColumn;
}

export function comparedColumns(table: EmbeddingTable, phase: Phase): ComparedColumns {
  const halfvec = { name: table.column, type: "halfvec" } as const;
  if (phase === "contracted") return { original: halfvec, halfvec };
  if (phase === "swapped") {
    return {
      original: { name: table.backup, type: "vector", fallback: table.column },
      halfvec,
    };
  }
  return {
    original: { name: table.column, type: "vector" },
    halfvec: { name: table.twin, type: "halfvec" },
  };
}
