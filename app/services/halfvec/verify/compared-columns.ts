import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import type { Phase } from "../phases.ts";

/**
 * The two columns that verify compares. Before the swap: column and twin; after it: backup and column, where the
 * rows that were written since have no original but what the app reads.
 */
export interface ComparedColumns {
  original: OriginalColumn;
  halfvec: SearchedColumn;
}

export function comparedColumns(table: EmbeddingTable, phase: Phase): ComparedColumns {
  if (phase === "swapped") {
    return {
      original: { name: table.backup, type: "vector", fallback: table.column },
      halfvec: { name: table.column, type: "halfvec" },
    };
  }
  return {
    original: { name: table.column, type: "vector" },
    halfvec: { name: table.twin, type: "halfvec" },
  };
}
