import type { ClientBase } from "pg";

/** Whether the bookkeeping schema stands (from expand to contract). */
export async function hasBookkeeping(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('halfvec_migration.settings') IS NOT NULL AS there",
  );
  return rows[0]?.there ?? false;
}

/** What people decided while the migration runs; a conversion in any process sees a change within a second. */
export interface MigrationSettings {
  paused: boolean;
  pausedBy: string | null;
  /** Time of the swap, or null before it. */
  swappedAt: Date | null;
}

/** @throws when the bookkeeping schema does not exist (SQLSTATE 42P01). */
export async function readSettings(client: ClientBase): Promise<MigrationSettings> {
  const { rows } = await client.query<{ name: string; value: unknown; updated_by: string }>(
    "SELECT name, value, updated_by FROM halfvec_migration.settings WHERE name IN ('paused', 'swapped_at')",
  );
  const paused = rows.find((row) => row.name === "paused");
  const swappedAt = rows.find((row) => row.name === "swapped_at");
  return {
    paused: paused?.value === true,
    pausedBy: paused?.value === true ? paused.updated_by : null,
    swappedAt: typeof swappedAt?.value === "string" ? new Date(swappedAt.value) : null,
  };
}

/** Pauses or resumes every conversion of this database. `by` says who, for whoever finds it paused. */
export async function setPaused(client: ClientBase, paused: boolean, by: string): Promise<void> {
  await client.query(
    `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('paused', to_jsonb($1::boolean), $2)
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_at = now(), updated_by = EXCLUDED.updated_by`,
    [paused, by],
  );
}
