import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { IndexProfile } from "../index-tuning.ts";
import { quantized } from "../rag/similarity-sql/quantized-scan.ts";
import { profileIndexOn, type TableCatalog, validIndexOn } from "./catalog.ts";
import { backupFilling, type Filling, twinFilling } from "./convert/filling.ts";
import { qualified, quoted } from "./identifiers.ts";

/** An index that is to stand on a column once that is filled. */
export interface WantedIndex {
  readonly table: EmbeddingTable;
  /** The column that it is to stand on. */
  readonly target: string;
  /** How the column is filled; null where it holds every row already. */
  readonly filling: Filling | null;
  readonly name: string;
  /** CREATE INDEX CONCURRENTLY. */
  readonly statement: string;
  /** Whether it stands, or one that serves as well. */
  stands(catalog: Pick<TableCatalog, "indexes">): boolean;
}

/** The HNSW index of the twin. */
export function twinIndex(table: EmbeddingTable): WantedIndex {
  return profileIndex(table, "halfvec", table.twin);
}

/**
 * The index of a profile on a halfvec column.
 *
 * @param column the twin, or after the swap the column that the app reads
 */
export function profileIndex(table: EmbeddingTable, profile: IndexProfile, column: string): WantedIndex {
  const [name, key] = {
    halfvec: [table.halfvecIndex, `${quoted(column)} halfvec_cosine_ops`] as const,
    compact: [compactIndexName(table), `(${quantized(quoted(column), table)}) bit_hamming_ops`] as const,
  }[profile];
  return {
    table,
    target: column,
    filling: column === table.twin ? twinFilling(table) : null,
    name,
    statement: hnswStatement(table, name, key),
    stands: (catalog) => profileIndexOn(catalog, profile, column) !== undefined,
  };
}

export function compactIndexName({ name }: EmbeddingTable): string {
  return `${name}_compact_hnsw_idx`;
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
      table,
      target: table.backup,
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
    table,
    target: table.backup,
    filling,
    name,
    statement: hnswStatement(table, name, `${quoted(table.backup)} vector_cosine_ops`),
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

/** @param key column or expression, with its operator class */
function hnswStatement(table: EmbeddingTable, name: string, key: string): string {
  return `CREATE INDEX CONCURRENTLY ${quoted(name)} ON ${qualified(table)}
          USING hnsw (${key})
          WITH (m = ${table.hnsw.m}, ef_construction = ${table.hnsw.efConstruction})`;
}
