import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { VectorColumnFlag } from "../../../env.server.ts";
import type { EmbeddingColumn } from "../../embedding-columns.server.ts";
import { columnType, searchedIndexOn, type TableCatalog } from "../../halfvec/catalog.ts";
import { searchedColumn } from "../../rag/searched-column.ts";

/**
 * The column that searches of a table read now.
 * @param verified whether its newest verify is green
 * @returns null where the table has no embedding
 */
export function readColumn(
  table: EmbeddingTable,
  catalog: TableCatalog,
  flag: VectorColumnFlag,
  verified: boolean,
): EmbeddingColumn | null {
  const type = columnType(catalog, table.column);
  if (type === undefined) return null;
  const live: EmbeddingColumn = {
    name: table.column,
    type: type.startsWith("halfvec") ? "halfvec" : "vector",
    indexed: searchedIndexOn(catalog, table.column) !== undefined,
  };
  const twin =
    columnType(catalog, table.twin) === undefined
      ? null
      : ({
          name: table.twin,
          type: "halfvec",
          indexed: searchedIndexOn(catalog, table.twin) !== undefined,
          verified,
        } as const);
  return searchedColumn({ live, twin }, flag);
}
