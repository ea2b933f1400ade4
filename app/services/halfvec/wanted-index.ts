import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { type TableCatalog, validIndexOn } from "./catalog.ts";
import { backupFilling, type Filling, twinFilling } from "./convert/filling.ts";
import { qualified, quoted } from "./identifiers.ts";

/** An index that is to stand on a column once that is filled. */
export interface WantedIndex {
  readonly filling: Filling;
  readonly name: string;
  /** CREATE INDEX CONCURRENTLY. */
  readonly statement: string;
  /** Whether it stands, or one that serves as well. */
  stands(catalog: Pick<TableCatalog, "indexes">): boolean;
}

/** The HNSW index of the twin. */
export function twinIndex(table: EmbeddingTable): WantedIndex {
  return {
    filling: twinFilling(table),
    name: table.halfvecIndex,
    statement: hnswStatement(table, table.halfvecIndex, table.twin, "halfvec_cosine_ops"),
    stands: (catalog) => validIndexOn(catalog, table.twin) !== undefined,
  };
}

/**
 * The indexes that a swap back needs on the backup: those that the swap dropped, by the definitions that it kept.
 * Where none of them serves the app's searches, the HNSW index of the registry too.
 */
export async function backupIndexes(client: ClientBase, table: EmbeddingTable): Promise<WantedIndex[]> {
  const { rows } = await client.query<{ name: string; statement: string }>(
    `SELECT index_name AS name, statement FROM halfvec_migration.dropped_indexes
     WHERE table_name = $1 ORDER BY index_name`,
    [table.name],
  );
  const filling = backupFilling(table);
  const dropped = rows.map(
    ({ name, statement }): WantedIndex => ({
      filling,
      name,
      statement,
      stands: ({ indexes }) =>
        indexes.some(
          (index) =>
            index.name === name && index.valid && (index.column === table.backup || index.column === null),
        ),
    }),
  );
  const taken = rows.some((row) => row.name === table.vectorIndex);
  const name = taken ? `${table.vectorIndex}_hnsw` : table.vectorIndex;
  const own: WantedIndex = {
    filling,
    name,
    statement: hnswStatement(table, name, table.backup, "vector_cosine_ops"),
    stands: (catalog) => validIndexOn(catalog, table.backup) !== undefined,
  };
  const served = rows.some(({ statement }) => servesSearches(statement));
  return served ? dropped : [...dropped, own];
}

/** Whether a definition, as `pg_get_indexdef` writes it, is that of an index for cosine distance over all rows. */
function servesSearches(statement: string): boolean {
  return (
    /USING (hnsw|ivfflat) \("?\w+"? (\S+\.)?vector_cosine_ops\)/.test(statement) && !/ WHERE /.test(statement)
  );
}

function hnswStatement(table: EmbeddingTable, name: string, column: string, operatorClass: string): string {
  return `CREATE INDEX CONCURRENTLY ${quoted(name)} ON ${qualified(table)}
          USING hnsw (${quoted(column)} ${operatorClass})
          WITH (m = ${table.hnsw.m}, ef_construction = ${table.hnsw.efConstruction})`;
}
