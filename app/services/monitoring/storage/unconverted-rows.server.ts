import { EMBEDDING_TABLES } from "../../../embedding-tables.ts";
import type { Queryable } from "../../halfvec/queryable.ts";

/** How many rows of each table have no twin yet, as the conversion keeps count; tables that it has not begun are left out. */
export async function readUnconverted(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ name: string; rows: string }>(
    `SELECT c.table_name AS name, greatest(0, c.rows_total - c.rows_converted) AS rows
     FROM halfvec_migration.conversions c
     JOIN unnest($1::text[], $2::text[]) AS twin (table_name, column_name) USING (table_name, column_name)`,
    [EMBEDDING_TABLES.map(({ name }) => name), EMBEDDING_TABLES.map(({ twin }) => twin)],
  );
  return new Map(rows.map((row) => [row.name, Number(row.rows)]));
}
