import type { EmbeddingTable } from "../../embedding-tables.ts";
import { buildIndex } from "./build-index.ts";
import { readCatalog, type TableCatalog } from "./catalog.ts";
import type { Connections } from "./connections.ts";
import { convertTable } from "./convert/convert-table.ts";
import { twinFilling } from "./convert/filling.ts";
import type { ConversionOptions } from "./convert/options.ts";
import { RefusedError, sqlState, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { addSeconds } from "./phase-seconds.ts";
import type { Phase, PhaseName } from "./phases.ts";
import { stopOn } from "./preflight/finding.ts";
import { preflight } from "./preflight/preflight.ts";
import { giveUpRollback } from "./rollback/give-up.ts";
import { hasBookkeeping } from "./settings.ts";
import type { Step } from "./step-migrations.ts";
import { advanceThrough, reached } from "./steps.ts";
import { type Moment, measureStorage } from "./storage.ts";
import { missingForSwap } from "./swap-readiness.ts";
import { type VerificationOptions, verifyTable } from "./verify/verify-table.ts";
import { twinIndex } from "./wanted-index.ts";

/** SQLSTATEs of a column that has gone or has another type since the statement was written: column, function, type. */
const COLUMN_CHANGED: ReadonlySet<unknown> = new Set(["42703", "42883", "42804"]);

export interface RunOptions {
  /** The tables to work on. */
  tables: readonly EmbeddingTable[];
  /** Every table that the swap concerns: it takes all or none. */
  allTables: readonly EmbeddingTable[];
  /** The last step to do. */
  until: PhaseName;
  conversion: ConversionOptions;
  verification: VerificationOptions;
  /** How long to wait for a server that went away, in seconds. */
  reconnectSeconds: number;
  /** Asked once, before the swap, until `signal` is aborted. False ends the run before it. */
  confirmSwap: (signal: AbortSignal) => Promise<boolean>;
}

/** The steps of one run. Each finds out by itself what is left to do. */
export class MigrationRun {
  readonly #connections: Connections;
  readonly #options: RunOptions;
  readonly #report: Report;
  readonly #signal: AbortSignal;

  constructor(connections: Connections, options: RunOptions, report: Report, signal: AbortSignal) {
    this.#connections = connections;
    this.#options = options;
    this.#report = report;
    this.#signal = signal;
  }

  /** Takes back what a rollback that was left unfinished has begun. */
  async turnForward(): Promise<void> {
    const { allTables, conversion } = this.#options;
    await giveUpRollback(this.#connections, allTables, conversion.lockTimeoutMs, this.#report, this.#signal);
  }

  /** Twin columns, triggers and bookkeeping for all tables. On a database without the app's tables, those first. */
  async expand(): Promise<void> {
    const { allTables } = this.#options;
    const findings = await this.#connections.use("preflight", (client) => preflight(client, allTables));
    stopOn(findings, this.#report);
    await this.#advance("expand", "expanded");
  }

  /** The twin of every row, table after table. */
  async convert(): Promise<void> {
    await this.#eachTable("convert", "converted", ["expanded", "indexed"], (table) =>
      convertTable(
        this.#connections,
        twinFilling(table),
        this.#options.conversion,
        this.#report,
        this.#signal,
      ),
    );
  }

  async index(): Promise<void> {
    await this.#eachTable("index", "indexed", ["expanded"], async (table) => {
      const seconds = await buildIndex(this.#connections, twinIndex(table), this.#report, this.#signal);
      return seconds !== null;
    });
  }

  /**
   * @param again whether tables that are swapped already are verified once more.
   * @throws RefusedError when a check is not green.
   */
  async verify(again = false): Promise<void> {
    const red: string[] = [];
    await this.#eachTable(
      "verify",
      null,
      ["expanded", "indexed", ...(again ? (["swapped"] as const) : [])],
      async (table) => {
        const { figures } = await this.#connections.use("verify", (client) =>
          verifyTable(client, table, this.#options.verification, this.#report, this.#signal),
        );
        for (const check of figures.checks) if (!check.ok) red.push(`${table.name}: ${check.detail}`);
        return true;
      },
    );
    if (red.length > 0) {
      throw new RefusedError(
        `verify is not green, so nothing more is changed; the app reads what it read before.\n${red.join("\n")}`,
      );
    }
  }

  /** @throws RefusedError, before anybody is asked, unless every table is indexed and verified. */
  async swap(): Promise<void> {
    await this.#advance("swap", "swapped", async () => {
      const missing = await this.#connections.use("swap", (client) =>
        missingForSwap(client, this.#options.allTables),
      );
      if (missing.length > 0) {
        throw new RefusedError(
          `not ready for the swap:\n${missing.join("\n")}\nNothing was changed. To do what is missing: npm run migrate:halfvec`,
        );
      }
      return this.#options.confirmSwap(this.#signal);
    });
  }

  /** Takes a step of all tables at once, where it is not behind them and `agreed` allows it. */
  async #advance(step: Step, moment: Moment, agreed?: () => Promise<boolean>): Promise<void> {
    const { allTables, conversion } = this.#options;
    const done = await this.#connections.use(step, (client) => reached(client, allTables, step));
    if (done || !((await agreed?.()) ?? true)) {
      this.#report({ event: "phase", phase: step, state: "skipped" });
      return;
    }
    throwIfAborted(this.#signal);
    this.#report({ event: "phase", phase: step, state: "started" });
    const began = performance.now();
    const { lockTimeoutMs } = conversion;
    const taken = await advanceThrough(
      this.#connections,
      allTables,
      step,
      lockTimeoutMs,
      this.#report,
      this.#signal,
    );
    await this.#finished(step, allTables, taken ? moment : null, began);
  }

  async #eachTable(
    phase: PhaseName,
    moment: Moment | null,
    from: TableCatalog["phase"][],
    work: (table: EmbeddingTable) => Promise<boolean>,
  ): Promise<void> {
    for (const table of this.#options.tables) {
      while (!(await this.#oneTable(table, phase, moment, from, work)));
    }
  }

  /** @returns false when another process swapped the columns under our hands: then look again what is left to do. */
  async #oneTable(
    table: EmbeddingTable,
    phase: PhaseName,
    moment: Moment | null,
    from: TableCatalog["phase"][],
    work: (table: EmbeddingTable) => Promise<boolean>,
  ): Promise<boolean> {
    throwIfAborted(this.#signal);
    const before = await this.#phaseOf(table);
    if (before === "absent" || before === "baseline") {
      throw new RefusedError(
        `${table.name} has no halfvec column yet. First run: npm run migrate:halfvec -- run --until expand`,
      );
    }
    if (!from.includes(before)) {
      this.#report({ event: "phase", phase, table: table.name, state: "skipped" });
      return true;
    }
    this.#report({ event: "phase", phase, table: table.name, state: "started" });
    const began = performance.now();
    try {
      const changed = await work(table);
      await this.#finished(phase, [table], changed ? moment : null, began);
      return true;
    } catch (error) {
      // The time that it took counts, also where it did not come to its end. The first error is the one to tell.
      await this.#addTime(phase, [table], began).catch(() => undefined);
      if (!COLUMN_CHANGED.has(sqlState(error)) || (await this.#phaseOf(table)) === before) throw error;
      return false;
    }
  }

  async #phaseOf(table: EmbeddingTable): Promise<Phase> {
    return (await this.#connections.use("catalog", (client) => readCatalog(client, table))).phase;
  }

  async #finished(
    phase: PhaseName,
    tables: readonly EmbeddingTable[],
    moment: Moment | null,
    began: number,
  ): Promise<void> {
    const seconds = await this.#addTime(phase, tables, began);
    if (moment) {
      await this.#connections.use("bookkeeping", async (client) => {
        for (const table of tables) await measureStorage(client, table, moment);
      });
    }
    const [only] = tables;
    const table = tables.length === 1 && only ? { table: only.name } : {};
    this.#report({ event: "phase", phase, ...table, state: "done", seconds });
  }

  /** Adds the time since `began` to the phase, shared out among `tables`. @returns the seconds. */
  async #addTime(phase: PhaseName, tables: readonly EmbeddingTable[], began: number): Promise<number> {
    const seconds = (performance.now() - began) / 1000;
    await this.#connections.use("bookkeeping", async (client) => {
      if (!(await hasBookkeeping(client))) return;
      for (const table of tables) await addSeconds(client, table, phase, seconds / tables.length);
    });
    return seconds;
  }
}
