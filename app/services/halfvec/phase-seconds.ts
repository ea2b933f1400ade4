import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { PhaseName } from "./phases.ts";
import type { Queryable } from "./queryable.ts";

/** Adds `seconds` to what a step has taken on `table` so far, over all runs. */
export async function addSeconds(
  client: ClientBase,
  table: EmbeddingTable,
  phase: PhaseName,
  seconds: number,
): Promise<void> {
  await client.query(
    `INSERT INTO halfvec_migration.phases AS p (table_name, phase, seconds) VALUES ($1, $2, $3)
     ON CONFLICT (table_name, phase) DO UPDATE
     SET seconds = p.seconds + EXCLUDED.seconds, finished_at = EXCLUDED.finished_at`,
    [table.name, phase, seconds],
  );
}

/** Seconds that each phase has taken on `table`, by its name. */
export async function readSeconds(client: Queryable, table: EmbeddingTable): Promise<Record<string, number>> {
  const { rows } = await client.query<{ phase: string; seconds: number }>(
    "SELECT phase, seconds FROM halfvec_migration.phases WHERE table_name = $1 ORDER BY finished_at",
    [table.name],
  );
  return Object.fromEntries(rows.map((row) => [row.phase, row.seconds]));
}
