import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import pg from "pg";
import type { Migration } from "./migration-files.ts";

/**
 * - `pending`: not recorded, or recorded and rolled back
 * - `failed`: started, neither finished nor rolled back; Prisma refuses to go on (P3009) until that is settled
 * - `applied`: finished and not rolled back
 */
export type MigrationStatus = "pending" | "failed" | "applied";

export interface MigrationState {
  name: string;
  status: MigrationStatus;
  /** Whether the file is another one than was started or applied. */
  edited: boolean;
  /** What the database said, where the migration failed with an error. */
  logs: string | null;
}

/** Reads what `_prisma_migrations` says about each migration, in their order. Without that table all are pending. */
export async function migrationStates(
  client: ClientBase,
  migrations: readonly Migration[],
): Promise<MigrationState[]> {
  const records = (await hasRecords(client)) ? await currentRecords(client) : [];
  return migrations.map(({ name, checksum }) => {
    const own = records.filter((record) => record.name === name);
    const failed = own.find((record) => !record.finished);
    const record = failed ?? own[0];
    return {
      name,
      status: failed ? "failed" : record ? "applied" : "pending",
      edited: record !== undefined && record.checksum !== checksum,
      logs: failed?.logs ?? null,
    };
  });
}

/** Records a migration as applied without running it, as `prisma migrate resolve --applied` does. */
export async function recordAsApplied(client: ClientBase, migration: Migration): Promise<void> {
  await ensureRecords(client);
  const [state] = await migrationStates(client, [migration]);
  if (state?.status === "applied") return;
  await settleRecords(client, migration);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
     VALUES ($1, $2, $3, now(), now())`,
    [randomUUID(), migration.checksum, migration.name],
  );
}

/**
 * Records that a migration's changes are gone, so that it is pending again. As
 * `prisma migrate resolve --rolled-back` does for one that failed; also for one that was applied and then undone.
 */
export async function recordAsRolledBack(client: ClientBase, migration: Migration): Promise<void> {
  if (await hasRecords(client)) await settleRecords(client, migration);
}

/** Creates Prisma's table as Prisma does, unless it is there. */
export async function ensureRecords(client: ClientBase): Promise<void> {
  if (await hasRecords(client)) return;
  await client.query(
    `CREATE TABLE IF NOT EXISTS _prisma_migrations (
       id                  VARCHAR(36) PRIMARY KEY NOT NULL,
       checksum            VARCHAR(64) NOT NULL,
       finished_at         TIMESTAMPTZ,
       migration_name      VARCHAR(255) NOT NULL,
       logs                TEXT,
       rolled_back_at      TIMESTAMPTZ,
       started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
       applied_steps_count INTEGER NOT NULL DEFAULT 0
     )`,
  );
}

/** Records that a migration begins, after settling an attempt that failed. Returns the record's id. */
export async function recordAsStarted(client: ClientBase, migration: Migration): Promise<string> {
  await settleRecords(client, migration);
  const id = randomUUID();
  await client.query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)", [
    id,
    migration.checksum,
    migration.name,
  ]);
  return id;
}

/** The statement that records success, to be sent with the migration itself. `id` is one of {@link recordAsStarted}. */
export function finishStatement(id: string): string {
  return `UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = '${id}'`;
}

export async function recordFailure(client: ClientBase, id: string, logs: string): Promise<void> {
  await client.query("UPDATE _prisma_migrations SET logs = $2 WHERE id = $1", [id, logs]);
}

/** The statement that takes the records of a migration back, to be sent with what undoes it. */
export function rolledBackStatement({ name }: Migration): string {
  return `UPDATE _prisma_migrations SET rolled_back_at = now()
          WHERE migration_name = ${pg.escapeLiteral(name)} AND rolled_back_at IS NULL`;
}

async function settleRecords(client: ClientBase, migration: Migration): Promise<void> {
  await client.query(rolledBackStatement(migration));
}

async function hasRecords(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present");
  return rows[0].present;
}

interface MigrationRecord {
  name: string;
  checksum: string;
  finished: boolean;
  logs: string | null;
}

async function currentRecords(client: ClientBase): Promise<MigrationRecord[]> {
  const { rows } = await client.query<MigrationRecord>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, logs
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at DESC`,
  );
  return rows;
}
