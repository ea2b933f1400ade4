import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Migration } from "../../prisma-migrations/migration-files.ts";
import { withMigrationLock } from "../../prisma-migrations/migration-lock.ts";
import { recordAsRolledBack } from "../../prisma-migrations/migration-records.ts";
import { revertMigration } from "../../prisma-migrations/revert-migration.ts";
import { buildIndex } from "../build-index.ts";
import { withCancellation } from "../cancellation.ts";
import { readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { findContractMigration } from "../contract/contract-migration.ts";
import { convertTable } from "../convert/convert-table.ts";
import { backupFilling } from "../convert/filling.ts";
import type { ConversionOptions } from "../convert/options.ts";
import { RefusedError, sqlState, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { quoted } from "../identifiers.ts";
import type { Phase, RollbackStep, RollbackTarget } from "../phases.ts";
import { plural } from "../plural.ts";
import { stopOn } from "../preflight/finding.ts";
import { hasBookkeeping } from "../settings.ts";
import { halfvecMigrations, phasesOf, STEP_MIGRATIONS } from "../step-migrations.ts";
import { timedStep } from "../timed-step.ts";
import { havingTurnAlone } from "../turn.ts";
import { countUnconverted } from "../unconverted.ts";
import { backupIndexes } from "../wanted-index.ts";
import { askForVectors, untilAppsHaveHeard } from "./hand-over.ts";
import { requireWayBack, rollbackPreflight } from "./preflight.ts";
import { type ProvedOriginals, proveOriginals } from "./prove-originals.ts";

export interface RollbackOptions {
  tables: readonly EmbeddingTable[];
  to: RollbackTarget;
  conversion: ConversionOptions;
  /** How long an app may use what it knows of the columns, in milliseconds. */
  handOverMs: number;
  /** How long to wait for a server that went away, in seconds. */
  reconnectSeconds: number;
  /**
   * Asked once, before anything changes, with the rows that have no backup because they were written since the swap.
   * (A backup that an earlier rollback filled counts as one.) False ends it there.
   */
  confirm: (missingBackups: number) => Promise<boolean>;
}

/** Where each table is now, and what came back; null where the columns were not swapped. */
export type RolledBack = { table: string; phase: Phase; originals: ProvedOriginals | null }[];

/** Phases that a table is no longer in after a rollback to a target. */
const BEYOND: Record<RollbackTarget, readonly Phase[]> = {
  baseline: ["expanded", "indexed", "swapped", "contracted"],
  expand: ["indexed", "swapped", "contracted"],
  convert: ["indexed", "swapped", "contracted"],
  index: ["swapped", "contracted"],
  verify: ["swapped", "contracted"],
};

/**
 * Goes back as far as `to`, from wherever the tables are, while the app reads and writes: no row and no write is
 * lost, search has an index all the time, and rows that were not written since the swap come back bit for bit.
 * Prisma's records say the same. Killed at any moment, the next call goes on.
 *
 * @returns null where nobody agreed, or nothing had to be done.
 * @throws RefusedError when there is no way back (contract is done), or going on would not be safe.
 * @throws InterruptedError when `signal` is aborted, after the transaction at hand.
 */
export async function rollBack(
  connections: Connections,
  options: RollbackOptions,
  report: Report,
  signal: AbortSignal,
): Promise<RolledBack | null> {
  // Asked before anybody at work is stopped for it.
  if (!(await new Rollback(connections, options, report, signal).isAgreed())) return null;
  const reconnection = { seconds: options.reconnectSeconds };
  return havingTurnAlone(connections, reconnection, report, signal, (heard, turn) =>
    new Rollback(connections, options, heard, turn).run(),
  );
}

class Rollback {
  readonly #connections: Connections;
  readonly #options: RollbackOptions;
  readonly #report: Report;
  readonly #signal: AbortSignal;
  readonly #proved = new Map<EmbeddingTable, ProvedOriginals>();

  constructor(connections: Connections, options: RollbackOptions, report: Report, signal: AbortSignal) {
    this.#connections = connections;
    this.#options = options;
    this.#report = report;
    this.#signal = signal;
  }

  /** Whether there is nothing to ask, or the answer is yes. Nothing is changed. */
  async isAgreed(): Promise<boolean> {
    const { tables, confirm } = this.#options;
    const phases = await this.#phases();
    requireWayBack(tables, phases);
    const swapped = phases.includes("swapped");
    if (!swapped && !(await this.#isToRemove())) return true;
    const findings = await this.#connections.use("rollback", (client) =>
      rollbackPreflight(client, tables, phases),
    );
    stopOn(findings, this.#report);
    return confirm(swapped ? await this.#countMissing() : 0);
  }

  async run(): Promise<RolledBack | null> {
    const { tables } = this.#options;
    const before = await this.#phases();
    requireWayBack(tables, before);
    const undone = await this.#toUndo();
    const swapped = before.includes("swapped");
    if (swapped) await this.#swapBack();
    const remove = await this.#isToRemove();
    if (remove) await this.#step("remove", () => this.#remove(undone));
    const after = await this.#connections.use("rollback", (client) =>
      withMigrationLock(client, { signal: this.#signal }, () => this.#settle(client, undone)),
    );
    if (!swapped && !remove) return null;
    return tables.map((table, index) => ({
      table: table.name,
      phase: after[index] as Phase,
      originals: this.#proved.get(table) ?? null,
    }));
  }

  /** Makes Prisma's records say what the tables are. Under Prisma's lock: a deploy may have gone forward meanwhile. */
  async #settle(client: ClientBase, undone: readonly Migration[]): Promise<Phase[]> {
    const phases = await phasesOf(client, this.#options.tables);
    if (phases.some((phase) => BEYOND[this.#options.to].includes(phase))) {
      this.#report({
        event: "warning",
        message:
          "another process has gone forward meanwhile (prisma migrate deploy?); look: npm run migrate:halfvec -- status",
      });
      return phases;
    }
    for (const migration of undone) await recordAsRolledBack(client, migration);
    // One that was deployed too early has failed; it would keep Prisma from going on.
    const contract = await findContractMigration();
    if (contract) await recordAsRolledBack(client, contract);
    return phases;
  }

  #phases(): Promise<Phase[]> {
    return this.#connections.use("rollback", (client) => phasesOf(client, this.#options.tables));
  }

  /** How many rows have no backup any more, because they were written since the swap. */
  async #countMissing(): Promise<number> {
    let missing = 0;
    for (const table of this.#options.tables) {
      missing += await this.#connections.use("rollback", (client) =>
        countUnconverted(client, backupFilling(table)),
      );
    }
    return missing;
  }

  async #swapBack(): Promise<void> {
    const { tables, conversion, handOverMs } = this.#options;
    const names = tables.map(({ name }) => name);
    await this.#step("prepare", (client) =>
      withMigrationLock(client, { signal: this.#signal }, () =>
        withCancellation(this.#connections, client, this.#signal, async () => {
          await askForVectors(client);
          await this.#setLockTimeout(client);
          await client.query("SELECT halfvec_migration.prepare_swap_back($1)", [names]);
        }),
      ),
    );
    await this.#eachTable("fill", (table) =>
      convertTable(this.#connections, backupFilling(table), conversion, this.#report, this.#signal),
    );
    await this.#eachTable("rebuild", async (table) => {
      const wanted = await this.#connections.use("rollback", (client) => backupIndexes(client, table));
      for (const index of wanted) await buildIndex(this.#connections, index, this.#report, this.#signal);
    });
    await this.#eachTable("prove", (table, client) => this.#prove(client, table));
    await this.#step("swap-back", async (client) => {
      await untilAppsHaveHeard(client, handOverMs, this.#signal);
      const swap = (await halfvecMigrations()).filter(isSwap);
      for (const migration of swap) await this.#revert(client, migration);
    });
  }

  async #prove(client: ClientBase, table: EmbeddingTable): Promise<void> {
    const proved = await proveOriginals(
      client,
      table,
      (done, total) => this.#report({ event: "verify", table: table.name, step: "originals", done, total }),
      this.#signal,
    );
    this.#proved.set(table, proved);
    this.#report({ event: "proved", table: table.name, ...proved });
    if (proved.unequal === 0) return;
    const found = plural(
      proved.unequal,
      `row of ${table.name} has a backup that is not what the app reads`,
      `rows of ${table.name} have a backup that is not what the app reads`,
    );
    throw new RefusedError(
      `${proved.unequal} ${found}, so a trigger was off for a while. The columns were not changed. Empty these backups, which fills them anew: UPDATE ${quoted(table.name)} SET ${quoted(table.backup)} = NULL WHERE ${quoted(table.backup)}::halfvec(${table.dimensions}) IS DISTINCT FROM ${quoted(table.column)}; then run again: npm run migrate:halfvec -- rollback`,
    );
  }

  /** Everything beyond the target that still stands, the newest first. */
  async #remove(undone: readonly Migration[]): Promise<void> {
    await this.#connections.use("rollback", async (client) => {
      if (!(await hasBookkeeping(client))) return;
      const indexed = await this.#twinIndexes(client);
      if (indexed.length > 0) {
        await askForVectors(client);
        await untilAppsHaveHeard(client, this.#options.handOverMs, this.#signal);
      }
      const rest = undone.filter((migration) => !isSwap(migration));
      for (const migration of rest.filter(buildsIndex)) await this.#revert(client, migration);
      if (rest.some(buildsIndex)) await this.#dropTwinIndexes(client);
      for (const migration of rest.filter((one) => !buildsIndex(one))) await this.#revert(client, migration);
    });
  }

  /** Those that the migrations do not know by name: the app must not pay for them, nor read them. */
  async #dropTwinIndexes(client: ClientBase): Promise<void> {
    for (const { table, name } of await this.#twinIndexes(client)) {
      await withCancellation(this.#connections, client, this.#signal, () =>
        client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${quoted(table.schema)}.${quoted(name)}`),
      );
    }
  }

  async #twinIndexes(client: ClientBase): Promise<{ table: EmbeddingTable; name: string }[]> {
    const found: { table: EmbeddingTable; name: string }[] = [];
    for (const table of this.#options.tables) {
      const { indexes } = await readCatalog(client, table);
      const own = indexes.filter(({ column, quantizes }) => (column ?? quantizes) === table.twin);
      found.push(...own.map(({ name }) => ({ table, name })));
    }
    return found;
  }

  async #isToRemove(): Promise<boolean> {
    const { to } = this.#options;
    if (to === "index" || to === "verify") return false;
    return this.#connections.use("rollback", async (client) => {
      if ((await this.#twinIndexes(client)).length > 0) return true;
      return to === "baseline" && (await hasBookkeeping(client));
    });
  }

  /** The migrations beyond the target, the newest first. */
  async #toUndo(): Promise<Migration[]> {
    const { to } = this.#options;
    const newestFirst = (await halfvecMigrations()).reverse();
    if (to === "baseline") return newestFirst;
    return newestFirst.filter(
      (migration) => isSwap(migration) || (to !== "index" && to !== "verify" && buildsIndex(migration)),
    );
  }

  async #revert(client: ClientBase, migration: Migration): Promise<void> {
    await this.#setLockTimeout(client);
    this.#report({ event: "migration", name: migration.name, state: "reverting" });
    await withCancellation(this.#connections, client, this.#signal, () =>
      revertMigration(client, migration, { signal: this.#signal }),
    ).catch((error: unknown) => {
      // P0001: RAISE EXCEPTION, the guards of our migrations.
      throw sqlState(error) === "P0001" && error instanceof Error ? new RefusedError(error.message) : error;
    });
    this.#report({ event: "migration", name: migration.name, state: "reverted" });
  }

  async #setLockTimeout(client: ClientBase): Promise<void> {
    const { lockTimeoutMs } = this.#options.conversion;
    await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
  }

  async #eachTable(
    step: RollbackStep,
    work: (table: EmbeddingTable, client: ClientBase) => Promise<unknown>,
  ): Promise<void> {
    for (const table of this.#options.tables) await this.#step(step, (client) => work(table, client), table);
  }

  async #step(
    step: RollbackStep,
    work: (client: ClientBase) => Promise<unknown>,
    table: EmbeddingTable | null = null,
  ): Promise<void> {
    throwIfAborted(this.#signal);
    await timedStep(this.#report, step, table, () => this.#connections.use("rollback", work));
  }
}

function isSwap({ name }: Migration): boolean {
  return name.endsWith(`_${STEP_MIGRATIONS.swap}`);
}

function buildsIndex({ name }: Migration): boolean {
  return /_build_.*_halfvec_index$/.test(name);
}
