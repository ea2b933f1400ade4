import type pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { openConnections } from "../../../app/services/halfvec/connections.ts";
import { convertTable } from "../../../app/services/halfvec/convert/convert-table.ts";
import { twinFilling } from "../../../app/services/halfvec/convert/filling.ts";
import { CONVERSION_DEFAULTS } from "../../../app/services/halfvec/convert/options.ts";
import { deployThrough } from "../../../app/services/prisma-migrations/apply-migration.ts";

/** A way to come to a halfvec value for every row. */
export interface ConversionMethod {
  name: string;
  /** Whether search and writes go on meanwhile. */
  online: boolean;
  /** The column that holds the halfvec values afterwards. */
  filled(table: EmbeddingTable): string;
  /** Not timed. */
  prepare(client: pg.Client, table: EmbeddingTable): Promise<void>;
  /** @param signal ends it before the next statement; the one that runs on `client` is for the caller to cancel. */
  convert(client: pg.Client, table: EmbeddingTable, url: string, signal: AbortSignal): Promise<void>;
}

const BATCH_ROWS = 1000;
const BEFORE_ALL_IDS = "00000000-0000-0000-0000-000000000000";

const twin = (table: EmbeddingTable) => table.twin;

/** The value to write, cast from the old column. */
function cast(table: EmbeddingTable): string {
  return `${table.column}::halfvec(${table.dimensions})`;
}

/** What a migration without this project has: the column, and no trigger to pay for. */
async function addTwin(client: pg.Client, table: EmbeddingTable): Promise<void> {
  await client.query(`ALTER TABLE ${table.name} ADD COLUMN ${table.twin} halfvec(${table.dimensions})`);
}

async function updateAll(client: pg.Client, table: EmbeddingTable): Promise<void> {
  await client.query(
    `UPDATE ${table.name} SET ${table.twin} = ${cast(table)} WHERE ${table.column} IS NOT NULL`,
  );
}

/** Runs `statement` with the last key of the batch before, until it returns none. */
async function inBatches(client: pg.Client, statement: string, signal: AbortSignal): Promise<void> {
  let last = BEFORE_ALL_IDS;
  while (!signal.aborted) {
    const { rows } = await client.query<{ last: string | null }>(statement, [last]);
    if (!rows[0]?.last) return;
    last = rows[0].last;
  }
}

export const ONE_UPDATE: ConversionMethod = {
  name: "one UPDATE",
  online: true,
  filled: twin,
  prepare: addTwin,
  convert: updateAll,
};

export const BATCHES_BY_KEY: ConversionMethod = {
  name: "batches of 1,000 by key",
  online: true,
  filled: twin,
  prepare: addTwin,
  convert: (client, table, _url, signal) =>
    inBatches(
      client,
      `WITH batch AS (SELECT id FROM ${table.name} WHERE id > $1 ORDER BY id LIMIT ${BATCH_ROWS}),
            filled AS (UPDATE ${table.name} t SET ${table.twin} = ${cast(table)}
                       FROM batch WHERE t.id = batch.id RETURNING t.id)
       SELECT max(id::text) AS last FROM filled`,
      signal,
    ),
};

/**
 * A column that says which rows are left, looked for and cleared in batches by key, as pgroll fills a new column
 * (https://github.com/xataio/pgroll, "backfill").
 */
export const BATCHES_BY_FLAG: ConversionMethod = {
  name: "batches of 1,000 by a needs_backfill flag",
  online: true,
  filled: twin,
  prepare: async (client, table) => {
    await addTwin(client, table);
    await client.query(`ALTER TABLE ${table.name} ADD COLUMN needs_backfill boolean DEFAULT true`);
  },
  convert: (client, table, _url, signal) =>
    inBatches(
      client,
      `WITH batch AS (SELECT id FROM ${table.name} WHERE needs_backfill AND id > $1
                      ORDER BY id LIMIT ${BATCH_ROWS} FOR NO KEY UPDATE),
            filled AS (UPDATE ${table.name} t SET ${table.twin} = ${cast(table)}, needs_backfill = false
                       FROM batch WHERE t.id = batch.id RETURNING t.id)
       SELECT max(id::text) AS last FROM filled`,
      signal,
    ),
};

/** This project's conversion with `workers` connections. */
export function waves(workers: number): ConversionMethod {
  return {
    name: `waves, ${workers} ${workers === 1 ? "worker" : "workers"}`,
    online: true,
    filled: twin,
    prepare: async (client) => {
      await deployThrough(client, { through: "add_halfvec_columns" });
    },
    convert: async (_client, table, url, signal) => {
      const connections = await openConnections(url);
      const options = { ...CONVERSION_DEFAULTS, workers };
      await convertTable(connections, twinFilling(table), options, () => undefined, signal);
    },
  };
}

/** The floor: the same work while there is no HNSW index, so while search is down. */
export const WITHOUT_INDEX: ConversionMethod = {
  name: "one UPDATE without the HNSW index",
  online: false,
  filled: twin,
  prepare: async (client, table) => {
    await addTwin(client, table);
    await client.query(`DROP INDEX ${table.vectorIndex}`);
  },
  convert: updateAll,
};

/** The table is rewritten under an exclusive lock; an index on `vector` cannot stay, and its rebuild is not counted. */
export const ALTER_TYPE: ConversionMethod = {
  name: "ALTER COLUMN TYPE without the HNSW index",
  online: false,
  filled: (table) => table.column,
  prepare: async (client, table) => {
    await client.query(`DROP INDEX ${table.vectorIndex}`);
  },
  convert: async (client, table) => {
    await client.query(
      `ALTER TABLE ${table.name} ALTER COLUMN ${table.column} TYPE halfvec(${table.dimensions}) USING ${cast(table)}`,
    );
  },
};
