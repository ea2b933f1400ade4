import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { applyMigration } from "../../prisma-migrations/apply-migration.ts";
import { recordAsApplied } from "../../prisma-migrations/migration-records.ts";
import { withCancellation } from "../cancellation.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, sqlState, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { readSeconds } from "../phase-seconds.ts";
import type { ContractStep } from "../phases.ts";
import { hasBookkeeping } from "../settings.ts";
import { phasesOf } from "../step-migrations.ts";
import { havingTurnAlone } from "../turn.ts";
import { countEmbedded } from "../unconverted.ts";
import { type VerificationOptions, verifyTable } from "../verify/verify-table.ts";
import { ensureContractMigration } from "./contract-migration.ts";
import { requireReadiness } from "./readiness.ts";
import {
  forecastRewriteSeconds,
  type Reclaim,
  type RunRepack,
  requireRepackExtension,
  vacuumFull,
} from "./reclaim.ts";
import { measureBytes, type TableBytes } from "./table-bytes.ts";

export interface ContractOptions {
  tables: readonly EmbeddingTable[];
  /** Days since the swap that must have passed. */
  afterDays: number;
  reclaim: Reclaim;
  verification: VerificationOptions;
  lockTimeoutMs: number;
  /** Asked before the originals are dropped. False ends it there. */
  confirmDrop: (originals: number) => Promise<boolean>;
  /** Asked before the tables are rewritten under a lock, with the forecast. False leaves them as they are. */
  confirmRewrite: (forecasts: readonly RewriteForecast[]) => Promise<boolean>;
  /** Null where there is no such program. */
  runRepack: RunRepack | null;
}

export interface RewriteForecast {
  table: string;
  /** About how long reads and writes of the table wait. */
  seconds: number;
}

/** What was measured of one table before the originals were dropped, and after the space was returned. */
export interface ContractedTable {
  table: string;
  before: TableBytes;
  after: TableBytes;
}

export interface Contracted {
  tables: ContractedTable[];
  /** How the space was returned; `none` also where nobody agreed. */
  reclaimed: Reclaim;
  /** The directory of the migration, to be committed; null where contract was behind us. */
  migration: string | null;
}

/**
 * Drops the original values, the triggers and the bookkeeping, and returns the space. From here on there is no way back.
 * Where the originals are gone already it only returns the space. Killed at any moment, the next call goes on.
 *
 * @returns null where nobody agreed.
 * @throws RefusedError before the time, while verify is not green, while anything refers to the backup, or where
 *   the means to return the space are missing; nothing was dropped then.
 * @throws InterruptedError when `signal` is aborted.
 */
export async function contract(
  connections: Connections,
  options: ContractOptions,
  report: Report,
  signal: AbortSignal,
): Promise<Contracted | null> {
  return havingTurnAlone(connections, report, signal, () =>
    new Contract(connections, options, report, signal).run(),
  );
}

class Contract {
  readonly #connections: Connections;
  readonly #options: ContractOptions;
  readonly #report: Report;
  readonly #signal: AbortSignal;

  constructor(connections: Connections, options: ContractOptions, report: Report, signal: AbortSignal) {
    this.#connections = connections;
    this.#options = options;
    this.#report = report;
    this.#signal = signal;
  }

  async run(): Promise<Contracted | null> {
    const { tables } = this.#options;
    await this.#requireMeans();
    const before = await this.#measure();
    const indexSeconds = await this.#indexSeconds();
    const phases = await this.#use((client) => phasesOf(client, tables));
    const contracted = phases.every((phase) => phase === "contracted");
    if (!contracted && !(await this.#prepareDrop())) return null;
    const migration = await this.#drop(contracted);
    const reclaimed = await this.#reclaim(indexSeconds);
    const after = await this.#measure();
    return {
      reclaimed,
      migration,
      tables: tables.map(({ name }, index) => ({
        table: name,
        before: before[index] as TableBytes,
        after: after[index] as TableBytes,
      })),
    };
  }

  async #requireMeans(): Promise<void> {
    if (this.#options.reclaim !== "pg_repack") return;
    if (this.#options.runRepack === null) {
      throw new RefusedError(
        "there is no program pg_repack on this machine. Install the package of the server's version, or return the space with --reclaim vacuum-full. Nothing was changed.",
      );
    }
    await this.#use(requireRepackExtension);
  }

  /** @returns whether the originals may go. */
  async #prepareDrop(): Promise<boolean> {
    const { tables, afterDays, confirmDrop } = this.#options;
    await this.#use((client) => requireReadiness(client, tables, afterDays));
    for (const table of tables) await this.#verify(table);
    let originals = 0;
    for (const table of tables) {
      originals += await this.#use((client) => countEmbedded(client, { ...table, column: table.backup }));
    }
    return confirmDrop(originals);
  }

  async #verify(table: EmbeddingTable): Promise<void> {
    await this.#step("verify", table, async (client) => {
      const { verification } = this.#options;
      const { ok, figures } = await verifyTable(client, table, verification, this.#report, this.#signal);
      if (ok) return;
      const red = figures.checks.filter((check) => !check.ok).map(({ detail }) => detail);
      throw new RefusedError(
        `verify of ${table.name} is not green, so the originals stay: ${red.join("; ")}. A rollback brings them back: npm run migrate:halfvec -- rollback`,
      );
    });
  }

  async #drop(contracted: boolean): Promise<string | null> {
    const { afterDays, lockTimeoutMs, tables } = this.#options;
    const migration = await ensureContractMigration(new Date());
    if (contracted) {
      await this.#use((client) => recordAsApplied(client, migration));
      return null;
    }
    await this.#step("contract", null, async (client) => {
      await client.query(`SET halfvec_migration.lock_timeout = ${Math.round(lockTimeoutMs)}`);
      await client.query(`SET halfvec_migration.contract_after_days = ${Math.round(afterDays)}`);
      this.#report({ event: "migration", name: migration.name, state: "applying" });
      await withCancellation(this.#connections, client, this.#signal, () =>
        applyMigration(client, migration, { signal: this.#signal }),
      ).catch((error: unknown) => {
        throw sqlState(error) === "P0001" && error instanceof Error ? new RefusedError(error.message) : error;
      });
      this.#report({ event: "migration", name: migration.name, state: "applied" });
    });
    const phases = await this.#use((client) => phasesOf(client, tables));
    if (phases.some((phase) => phase !== "contracted"))
      throw new Error(`${migration.name} is on record, but the backups are still there`);
    return migration.path;
  }

  async #reclaim(indexSeconds: readonly (number | null)[]): Promise<Reclaim> {
    const { tables, reclaim, confirmRewrite, runRepack, lockTimeoutMs } = this.#options;
    if (reclaim === "none") return "none";
    if (reclaim === "vacuum-full") {
      const forecasts: RewriteForecast[] = [];
      for (const [index, table] of tables.entries()) {
        const known = indexSeconds[index] ?? null;
        const seconds = await this.#use((client) => forecastRewriteSeconds(client, table, known));
        forecasts.push({ table: table.name, seconds });
      }
      if (!(await confirmRewrite(forecasts))) return "none";
    }
    for (const table of tables) {
      await this.#step("reclaim", table, async () => {
        if (reclaim === "pg_repack") await runRepack?.(table, this.#signal);
        else await vacuumFull(this.#connections, table, lockTimeoutMs, this.#report, this.#signal);
      });
    }
    return reclaim;
  }

  #measure(): Promise<TableBytes[]> {
    return this.#use(async (client) => {
      const measured: TableBytes[] = [];
      for (const table of this.#options.tables) measured.push(await measureBytes(client, table));
      return measured;
    });
  }

  /** How long each index took to build; the bookkeeping knows it, as long as it is there. */
  #indexSeconds(): Promise<(number | null)[]> {
    return this.#use(async (client) => {
      if (!(await hasBookkeeping(client))) return this.#options.tables.map(() => null);
      const seconds: (number | null)[] = [];
      for (const table of this.#options.tables) {
        seconds.push((await readSeconds(client, table)).index ?? null);
      }
      return seconds;
    });
  }

  #use<Result>(work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    return this.#connections.use("contract", work);
  }

  async #step(
    step: ContractStep,
    table: EmbeddingTable | null,
    work: (client: ClientBase) => Promise<void>,
  ): Promise<void> {
    throwIfAborted(this.#signal);
    const of = table ? { table: table.name } : {};
    this.#report({ event: "phase", phase: step, ...of, state: "started" });
    const began = performance.now();
    await this.#use(work);
    const seconds = (performance.now() - began) / 1000;
    this.#report({ event: "phase", phase: step, ...of, state: "done", seconds });
  }
}
