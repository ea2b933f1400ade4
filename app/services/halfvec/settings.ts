import type { Queryable } from "./queryable.ts";

/** Whether the bookkeeping schema stands (from expand to contract). */
export async function hasBookkeeping(client: Queryable): Promise<boolean> {
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
export async function readSettings(client: Queryable): Promise<MigrationSettings> {
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
export async function setPaused(client: Queryable, paused: boolean, by: string): Promise<void> {
  await storeSetting(client, "paused", paused, by);
}

/** Name of the setting that says which column the app is to search. */
const SEARCH_FLAG = "vector_column";

/** Which column the app is told to search, and who told it when. */
export interface SearchFlag {
  /** As it is stored; the app knows `auto`, `vector` and `halfvec`. */
  value: unknown;
  by: string;
  at: Date;
}

/** What was decided about the column to search, or null where nothing was. @throws as {@link readSettings}. */
export async function readSearchFlag(client: Queryable): Promise<SearchFlag | null> {
  const { rows } = await client.query<SearchFlag>(
    "SELECT value, updated_by AS by, updated_at AS at FROM halfvec_migration.settings WHERE name = $1",
    [SEARCH_FLAG],
  );
  return rows[0] ?? null;
}

/** Tells every process of the app which column to search; it goes before their own configuration. */
export async function setSearchFlag(
  client: Queryable,
  value: "auto" | "vector" | "halfvec",
  by: string,
): Promise<void> {
  await storeSetting(client, SEARCH_FLAG, value, by);
}

async function storeSetting(client: Queryable, name: string, value: unknown, by: string): Promise<void> {
  await client.query(
    `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ($1, $2::jsonb, $3)
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, updated_at = now(), updated_by = EXCLUDED.updated_by`,
    [name, JSON.stringify(value), by],
  );
}
