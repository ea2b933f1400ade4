import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Phase } from "../phases.ts";

/** Names of the columns that hold the vectors and the halfvecs; null where there is none. */
export interface EmbeddingColumns {
  vector: string | null;
  halfvec: string | null;
}

export function columnsAt({ column, twin, backup }: EmbeddingTable, phase: Phase): EmbeddingColumns {
  switch (phase) {
    case "swapped":
      return { vector: backup, halfvec: column };
    case "contracted":
      return { vector: null, halfvec: column };
    case "expanded":
    case "indexed":
      return { vector: column, halfvec: twin };
    default:
      return { vector: column, halfvec: null };
  }
}
