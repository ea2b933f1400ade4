import type pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { convertTable } from "../../app/services/halfvec/convert/convert-table.ts";
import { twinFilling } from "../../app/services/halfvec/convert/filling.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";

/** A way to fill the twin of every row. `prepare` is not timed. */
export interface ConversionMethod {
  name: string;
  prepare(client: pg.Client, table: EmbeddingTable): Promise<void>;
  convert(client: pg.Client, table: EmbeddingTable, url: string): Promise<void>;
}

/** What a migration without this project has: the column, and no trigger to pay for. */
async function addColumnOnly(client: pg.Client, table: EmbeddingTable): Promise<void> {
  await client.query(`ALTER TABLE ${table.name} ADD COLUMN ${table.twin} halfvec(${table.dimensions})`);
}

async function expand(client: pg.Client): Promise<void> {
  await deployThrough(client, { through: "add_halfvec_columns" });
}

export const ONE_UPDATE: ConversionMethod = {
  name: "one UPDATE",
  prepare: addColumnOnly,
  convert: async (client, table) => {
    await client.query(
      `UPDATE ${table.name} SET ${table.twin} = ${table.column}::halfvec(${table.dimensions}) WHERE ${table.column} IS NOT NULL`,
    );
  },
};

export const BATCHES_BY_KEY: ConversionMethod = {
  name: "batches of 1,000 by key",
  prepare: addColumnOnly,
  convert: async (client, table) => {
    let last = "00000000-0000-0000-0000-000000000000";
    for (;;) {
      const { rows } = await client.query<{ last: string | null }>(
        `WITH batch AS (SELECT id FROM ${table.name} WHERE id > $1 ORDER BY id LIMIT 1000),
              filled AS (UPDATE ${table.name} t SET ${table.twin} = ${table.column}::halfvec(${table.dimensions})
                         FROM batch WHERE t.id = batch.id RETURNING t.id)
         SELECT max(id::text) AS last FROM filled`,
        [last],
      );
      if (!rows[0]?.last) return;
      last = rows[0].last;
    }
  },
};

/** This project's conversion with `workers` connections. */
export function waves(workers: number): ConversionMethod {
  return {
    name: `waves, ${workers} ${workers === 1 ? "worker" : "workers"}`,
    prepare: expand,
    convert: async (_client, table, url) => {
      const connections = await openConnections(url);
      const options = { ...CONVERSION_DEFAULTS, workers };
      await convertTable(
        connections,
        twinFilling(table),
        options,
        () => undefined,
        new AbortController().signal,
      );
    },
  };
}

/** The floor: the same work while there is no HNSW index, so while search is down. */
export const WITHOUT_INDEX: ConversionMethod = {
  name: "one UPDATE without the HNSW index (search is down)",
  prepare: async (client, table) => {
    await addColumnOnly(client, table);
    await client.query(`DROP INDEX ${table.vectorIndex}`);
  },
  convert: ONE_UPDATE.convert,
};
