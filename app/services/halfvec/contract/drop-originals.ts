import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { applyMigration } from "../../prisma-migrations/apply-migration.ts";
import { recordAsApplied } from "../../prisma-migrations/migration-records.ts";
import { withCancellation } from "../cancellation.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { phasesOf } from "../step-migrations.ts";
import { timedStep } from "../timed-step.ts";
import { countEmbedded } from "../unconverted.ts";
import { type VerificationOptions, verifyTable } from "../verify/verify-table.ts";
import { ensureContractMigration } from "./contract-migration.ts";
import { requireReadiness } from "./readiness.ts";

export interface DropOptions {
  tables: readonly EmbeddingTable[];
  /** Days since the swap that must have passed. */
  afterDays: number;
  verification: VerificationOptions;
  lockTimeoutMs: number;
  /** Asked before the originals are dropped, with how many there are. False leaves them. */
  confirmDrop: (originals: number) => Promise<boolean>;
}

/**
 * Drops the original values, the triggers and the bookkeeping by the migration of contract, which it puts among the
 * others. Where they are gone it only sees to the record.
 *
 * @returns false where nobody agreed.
 * @throws RefusedError before the time, while verify is not green, or while anything refers to the backup.
 */
export async function dropOriginals(
  connections: Connections,
  options: DropOptions,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const { tables } = options;
  const phases = await connections.use("contract", (client) => phasesOf(client, tables));
  const dropped = phases.every((phase) => phase === "contracted");
  if (!dropped) {
    await connections.use("contract", (client) => requireReadiness(client, tables, options.afterDays));
    for (const table of tables) await requireGreen(connections, table, options, report, signal);
    if (!(await options.confirmDrop(await countOriginals(connections, tables)))) return false;
    throwIfAborted(signal);
  }
  const { migration, written } = await ensureContractMigration(new Date());
  if (written) report({ event: "written", path: migration.path });
  await connections.use("contract", async (client) => {
    if (dropped) return recordAsApplied(client, migration);
    await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(options.lockTimeoutMs)}`);
    await client.query(`SET halfvec_migration.contract_after_days = ${Math.round(options.afterDays)}`);
    await timedStep(report, "contract", null, () =>
      withCancellation(connections, client, signal, () =>
        applyMigration(client, migration, { signal }),
      ).catch((error: unknown) => {
        throw sqlState(error) === "P0001" && error instanceof Error ? new RefusedError(error.message) : error;
      }),
    );
    const left = (await phasesOf(client, tables)).filter((phase) => phase !== "contracted");
    if (left.length > 0) {
      throw new RefusedError(
        `${migration.name} is on record as applied, but the backups are still there. Take the record back, then run contract again: npx prisma migrate resolve --rolled-back ${migration.name}`,
      );
    }
  });
  return true;
}

async function requireGreen(
  connections: Connections,
  table: EmbeddingTable,
  { verification }: DropOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  throwIfAborted(signal);
  const { ok, figures } = await timedStep(report, "verify", table, () =>
    connections.use("contract", (client) => verifyTable(client, table, verification, report, signal)),
  );
  if (ok) return;
  const red = figures.checks.filter((check) => !check.ok).map(({ detail }) => detail);
  throw new RefusedError(
    `verify of ${table.name} is not green, so the originals stay: ${red.join("; ")}. A rollback brings them back: npm run migrate:halfvec -- rollback`,
  );
}

async function countOriginals(connections: Connections, tables: readonly EmbeddingTable[]): Promise<number> {
  let originals = 0;
  for (const table of tables) {
    originals += await connections.use("contract", (client) =>
      countEmbedded(client, { ...table, column: table.backup }),
    );
  }
  return originals;
}
