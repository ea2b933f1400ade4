import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { SearchedColumn } from "../../rag/similarity-sql.ts";
import type { Phase } from "../phases.ts";

/** The two columns that verify compares. Before the swap: column and twin; after it: backup and column. */
export interface ComparedColumns {
  original: SearchedColumn;
  halfvec: SearchedColumn;
}

export function comparedColumns(table: EmbeddingTable, phase: Phase): ComparedColumns {
  const swapped = phase === "swapped";
  return {
    original: { name: swapped ? table.backup : table.column, type: "vector" },
    halfvec: { name: swapped ? table.column : table.twin, type: "halfvec" },
  };
}
