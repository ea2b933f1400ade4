import type { EmbeddingColumn, EmbeddingColumns } from "../../embedding-columns.server.ts";

/**
 * The column of the other type where that has an index and could answer instead. Before the twin's index stands and after
 * the swap there is none: the backup has lost its index.
 */
export function otherColumn(
  { live, twin }: Pick<EmbeddingColumns, "live" | "twin">,
  answered: Pick<EmbeddingColumn, "type">,
): EmbeddingColumn | undefined {
  return [live, twin].find((column) => column?.indexed && column.type !== answered.type) ?? undefined;
}
