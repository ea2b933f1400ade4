import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnType, readCatalog } from "../catalog.ts";
import { findCatalogDependents } from "./catalog-dependents.ts";
import { findColumnPrivileges } from "./column-privileges.ts";
import type { Change, Dependent } from "./dependent.ts";
import { findFunctions } from "./functions.ts";
import { findIndexes } from "./indexes.ts";
import { findPublications } from "./publications.ts";

/**
 * What in the database refers to `column` of `table`, and what `change` would do to it. Only reads the catalog. Our own
 * triggers, functions and indexes do not count, nor what belongs to an extension. The text of a function is read as
 * words: what it builds from pieces at run time is not seen.
 *
 * @param column The column that is swapped or dropped: for `swap` the vector column, for `contract` the backup, for
 *   `rollback` the halfvec column under the name that it has now.
 * @returns what breaks first; nothing where there is no such table or column.
 */
export async function findDependents(
  client: ClientBase,
  table: EmbeddingTable,
  column: string,
  change: Change,
): Promise<Dependent[]> {
  const catalog = await readCatalog(client, table);
  if (columnType(catalog, column) === undefined) return [];
  const found = [
    ...(await findCatalogDependents(client, table, column, change)),
    ...(await findIndexes(client, table, catalog, column, change)),
    ...(await findFunctions(client, table, column, change)),
    ...(await findPublications(client, table, catalog, change)),
    ...(await findColumnPrivileges(client, table, catalog, column, change)),
  ];
  return [
    ...found.filter(({ effect }) => effect === "breaks"),
    ...found.filter(({ effect }) => effect === "told"),
  ];
}
