import type { EmbeddingTable } from "../../embedding-tables.ts";
import { buildIndex } from "./build-index.ts";
import { readCatalog, type TableCatalog } from "./catalog.ts";
import type { Connections } from "./connections.ts";
import { convertTable } from "./convert/convert-table.ts";
import type { ConversionOptions } from "./convert/options.ts";
import { RefusedError, sqlState, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { addSeconds } from "./phase-seconds.ts";
import { PHASE_NAMES, type Phase, type PhaseName } from "./phases.ts";
import { type Finding, preflight } from "./preflight.ts";
import { advanceThrough, reached } from "./steps.ts";
import { type Moment, measureStorage } from "./storage.ts";
import { type VerificationOptions, verifyTable } from "./verify/verify-table.ts";

/** SQLSTATE of a column that is not there (any more). */
const UNDEFINED_COLUMN = "42703";

export interface RunOptions {
  /** The tables to work on. */
  tables: readonly EmbeddingTable[];
  /** Every table that the swap concerns: it takes all or none. */
  allTables: readonly EmbeddingTable[];
  /** The last step to do. */
  until: PhaseName;
  conversion: ConversionOptions;
  verification: VerificationOptions;
  /** Asked once, before the swap. False ends the run before it. */
  confirmSwap: () => Promise<boolean>;
}

/**
 * Moves the tables as far as `until`, from wherever they are: preflight, expand, convert, index, verify, swap, each
 * only where it is still needed. Killed at any moment, the next run goes on.
 *
 * @throws RefusedError when going on would not be safe, with what to do.
 * @throws InterruptedError when `signal` is aborted, after the transaction at hand.
 */
export async function runMigration(
  connections: Connections,
  options: RunOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const run = new MigrationRun(connections, options, report, signal);
  const last = PHASE_NAMES.indexOf(options.until);
  for (const phase of PHASE_NAMES.slice(0, last + 1)) {
    throwIfAborted(signal);
    await run[phase]();
  }
}

/** The steps of one run. Each finds out by itself what is left to do, so each can also be called alone. */
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

  /** Twin columns, triggers and bookkeeping for all tables. On a database without the app's tables, those first. */
  async expand(): Promise<void> {
    this.#stopOn(await this.#preflight());
    if (await this.#connections.use("expand", (client) => reached(client, "expand"))) {
      this.#report({ event: "phase", phase: "expand", state: "skipped" });
      return;
    }
    this.#report({ event: "phase", phase: "expand", state: "started" });
    const began = performance.now();
    const { lockTimeoutMs } = this.#options.conversion;
    await advanceThrough(this.#connections, "expand", lockTimeoutMs, this.#report, this.#signal);
    await this.#finished("expand", this.#options.allTables, "expanded", began);
  }

  /** The twin of every row, table after table. */
  async convert(): Promise<void> {
    await this.#eachTable("convert", "converted", ["expanded", "indexed"], (table) =>
      convertTable(this.#connections, table, this.#options.conversion, this.#report, this.#signal),
    );
  }

  async index(): Promise<void> {
    await this.#eachTable("index", "indexed", ["expanded"], (table) =>
      buildIndex(this.#connections, table, this.#report, this.#signal),
    );
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

  async swap(): Promise<void> {
    if (await this.#connections.use("swap", (client) => reached(client, "swap"))) {
      this.#report({ event: "phase", phase: "swap", state: "skipped" });
      return;
    }
    if (!(await this.#options.confirmSwap())) {
      this.#report({ event: "phase", phase: "swap", state: "skipped" });
      return;
    }
    this.#report({ event: "phase", phase: "swap", state: "started" });
    const began = performance.now();
    const { lockTimeoutMs } = this.#options.conversion;
    await advanceThrough(this.#connections, "swap", lockTimeoutMs, this.#report, this.#signal);
    await this.#finished("swap", this.#options.allTables, "swapped", began);
  }

  async #preflight(): Promise<Finding[]> {
    return this.#connections.use("preflight", async (client) => {
      const { allTables } = this.#options;
      let standing = 0;
      for (const table of allTables)
        standing += (await readCatalog(client, table)).columns.length > 0 ? 1 : 0;
      // A database with none of the tables is new: its first migrations make them, and the extension.
      return standing === 0 ? [] : preflight(client, allTables);
    });
  }

  #stopOn(findings: Finding[]): void {
    for (const { level, table, message } of findings) {
      if (level === "warn") this.#report({ event: "warning", ...(table ? { table } : {}), message });
    }
    const stops = findings.filter((finding) => finding.level === "stop");
    if (stops.length > 0) throw new RefusedError(stops.map((finding) => finding.message).join("\n"));
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
      if (sqlState(error) !== UNDEFINED_COLUMN || (await this.#phaseOf(table)) === before) throw error;
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
    const seconds = (performance.now() - began) / 1000;
    await this.#connections.use("bookkeeping", async (client) => {
      for (const table of tables) {
        await addSeconds(client, table, phase, seconds / tables.length);
        if (moment) await measureStorage(client, table, moment);
      }
    });
    const [only] = tables;
    this.#report({
      event: "phase",
      phase,
      ...(tables.length === 1 && only ? { table: only.name } : {}),
      state: "done",
      seconds,
    });
  }
}
