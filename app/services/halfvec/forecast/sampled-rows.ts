import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { qualified, quoted } from "../identifiers.ts";
import { inTransaction } from "../transaction.ts";
import { TOAST_TARGET } from "./row-layout.ts";

/** How many bytes a value takes with its header, as it is stored. */
export interface SampledValue {
  /** Null for NULL. A value in TOAST counts in full. */
  bytes: number | null;
  /** If it were compressed. Null where it is so already, or may not be, or would not be shorter. */
  compressed: number | null;
}

/** A NULL. */
export const NO_VALUE: SampledValue = { bytes: null, compressed: null };

/** A column, and what becomes of its values in a row that is too long. */
export interface SampledColumn {
  name: string;
  /** As it is declared. */
  type: string;
  /** Whether values are compressed before they leave their row: `attstorage` is `extended`, and the type no domain. */
  compressible: boolean;
  /** The method that was asked for, or null where the default of the server counts. */
  compression: "pglz" | "lz4" | null;
}

/** Blocks of the heap that are read at the most, eight megabytes: some thousand rows, and none of TOAST. */
const SAMPLE_BLOCKS = 1024;

/** Values of a row that is too long are compressed until it is no longer than this: the least that PostgreSQL takes. */
const LEAST_TARGET = 128;

/**
 * Reads the widths of some rows, wherever they are: each row has a value for each column. PostgreSQL compresses a value only where
 * its row is too long, and says how short it would be only by storing it: so values that are not compressed are stored in a
 * temporary table for a moment. Where there may be none, they are taken as not compressible.
 *
 * @param blocks of the heap
 */
export async function sampleRows(
  client: ClientBase,
  table: EmbeddingTable,
  columns: readonly SampledColumn[],
  blocks: number,
): Promise<SampledValue[][]> {
  const share = Math.min(100, (100 * SAMPLE_BLOCKS) / Math.max(1, blocks));
  const from = `FROM ${qualified(table)} TABLESAMPLE SYSTEM (${share.toFixed(6)}) REPEATABLE (0)`;
  const sizes = `ARRAY[${columns.map(({ name }) => `pg_column_size(${quoted(name)})`).join(", ")}]`;
  const compressible = columns.filter((column) => column.compressible);
  if (compressible.length === 0 || !(await mayKeepTemporarily(client))) {
    const { rows } = await client.query<{ sizes: (number | null)[] }>(`SELECT ${sizes} AS sizes ${from}`);
    return rows.map((row) => row.sizes.map((bytes) => ({ bytes, compressed: null })));
  }
  return inTransaction(client, async () => {
    await client.query(
      `CREATE TEMPORARY TABLE pg_temp.sampled_widths (sizes int[], padding text, ${compressible.map(declared).join(", ")})
       WITH (toast_tuple_target = ${LEAST_TARGET}) ON COMMIT DROP`,
    );
    // The padding makes each row too long; compressed values stay in it (MAIN), where their size is known with its header.
    const stay = ["sizes", ...compressible.map((_column, place) => nameAt(place))].map(
      (name) => `ALTER ${name} SET STORAGE MAIN`,
    );
    await client.query(
      `ALTER TABLE pg_temp.sampled_widths ALTER padding SET STORAGE PLAIN, ${stay.join(", ")}`,
    );
    await client.query(
      `INSERT INTO pg_temp.sampled_widths
       SELECT ${[sizes, `repeat(' ', ${TOAST_TARGET})`, ...compressible.map(uncompressed)].join(", ")} ${from}`,
    );
    const stored = compressible.map((_column, place) => `pg_column_size(${nameAt(place)})`).join(", ");
    const { rows } = await client.query<{ sizes: (number | null)[]; stored: (number | null)[] }>(
      `SELECT sizes, ARRAY[${stored}] AS stored FROM pg_temp.sampled_widths`,
    );
    return rows.map((row) =>
      columns.map((column, place) => {
        const bytes = row.sizes[place] ?? null;
        const compressed = row.stored[compressible.indexOf(column)] ?? null;
        return { bytes, compressed: compressed !== null && compressed < (bytes ?? 0) ? compressed : null };
      }),
    );
  });
}

/** What a role without the right to temporary tables, or a read-only session, cannot have. */
async function mayKeepTemporarily(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT has_database_privilege(current_database(), 'TEMPORARY') AND NOT pg_is_in_recovery()
            AND current_setting('transaction_read_only') = 'off' AS may`,
  );
  return rows[0]?.may ?? false;
}

function nameAt(place: number): string {
  return `value_${place}`;
}

function declared(column: SampledColumn, place: number): string {
  const compression = column.compression === null ? "" : ` COMPRESSION ${column.compression}`;
  return `${nameAt(place)} ${column.type}${compression}`;
}

/** A longer value than a row may have is in TOAST, where it is compressed or cannot be. */
function uncompressed({ name }: SampledColumn): string {
  const column = quoted(name);
  return `CASE WHEN pg_column_size(${column}) <= ${TOAST_TARGET} AND pg_column_compression(${column}) IS NULL THEN ${column} END`;
}
