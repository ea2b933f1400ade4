import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { applyMigration } from "../../prisma-migrations/apply-migration.ts";
import type { Migration } from "../../prisma-migrations/migration-files.ts";
import {
  migrationStates,
  recordAsApplied,
  recordAsRolledBack,
} from "../../prisma-migrations/migration-records.ts";
import { withCancellation } from "../cancellation.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { phasesOf } from "../step-migrations.ts";
import { timedStep } from "../timed-step.ts";
import { countEmbedded } from "../unconverted.ts";
import { type VerificationOptions, verifyTable } from "../verify/verify-table.ts";
import { ensureContractMigration, recordedContractName } from "./contract-migration.ts";

export interface DropOptions {
  tables: readonly EmbeddingTable[];
  /** Days since the swap that must have passed. */
  afterDays: number;
  verification: VerificationOptions;
  lockTimeoutMs: number;
}

/** Whether the originals of all tables are gone already. */
export async function areDropped(
  connections: Connections,
  tables: readonly EmbeddingTable[],
): Promise<boolean> {
  const phases = await connections.use("contract", (client) => phasesOf(client, tables));
  return phases.every((phase) => phase === "contracted");
}

/**
 * Drops the original values, the triggers and the bookkeeping by the migration of contract, which it puts among the
 * others. `requireReadiness` and `requireGreen` come before it.
 *
 * @throws RefusedError where the migration finds something in the way.
 */
export async function dropOriginals(
  connections: Connections,
  options: Omit<DropOptions, "verification">,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { tables } = options;
  const { migration, written } = await ensureContractMigration(new Date());
  if (written) report({ event: "written", path: migration.path });
  await connections.use("contract", async (client) => {
    await takeBackUntrueRecord(client, migration, report);
    await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(options.lockTimeoutMs)}`);
    await client.query(`SET halfvec_migration.contract_after_days = ${Math.round(options.afterDays)}`);
    await timedStep(report, "contract", null, () =>
      withCancellation(connections, client, signal, () =>
        applyMigration(client, migration, { signal }),
      ).catch((error: unknown) => {
        throw sqlState(error) === "P0001" && error instanceof Error ? new RefusedError(error.message) : error;
      }),
    );
  });
  if (await areDropped(connections, tables)) return;
  throw new RefusedError(
    `another process recorded ${migration.name} as applied meanwhile, and the backups are still there. Run contract again: npm run migrate:halfvec -- contract`,
  );
}

/** Where the originals are gone: sees to it that the migration has its file and its record. */
export async function settleContract(connections: Connections, report: Report): Promise<void> {
  await connections.use("contract", async (client) => {
    const { migration, written } = await ensureContractMigration(
      new Date(),
      await recordedContractName(client),
    );
    if (written) report({ event: "written", path: migration.path });
    await recordAsApplied(client, migration);
  });
}

/** A record by hand (`prisma migrate resolve --applied`) of what was never done. Prisma itself takes back failed ones only. */
async function takeBackUntrueRecord(client: ClientBase, migration: Migration, report: Report): Promise<void> {
  const [state] = await migrationStates(client, [migration]);
  if (state?.status !== "applied") return;
  report({
    event: "warning",
    message: `${migration.name} is on record, but the backups are still there: the record is taken back, and the migration applied`,
  });
  await recordAsRolledBack(client, migration);
}

/**
 * Verifies a swapped table, and stores the result.
 * @throws RefusedError where a check is not green.
 */
export async function requireGreen(
  connections: Connections,
  table: EmbeddingTable,
  { verification }: Pick<DropOptions, "verification">,
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

/** How many rows have a value in the backup. */
export async function countOriginals(
  connections: Connections,
  tables: readonly EmbeddingTable[],
): Promise<number> {
  let originals = 0;
  for (const table of tables) {
    originals += await connections.use("contract", (client) =>
      countEmbedded(client, { ...table, column: table.backup }),
    );
  }
  return originals;
}
