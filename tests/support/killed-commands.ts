import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import type { ContractStep, PhaseName, RollbackStep } from "../../app/services/halfvec/phases.ts";
import type { EventLine } from "./migrate.ts";
import { type RunningMigration, startMigration } from "./running-migration.ts";
import type { TestDatabase } from "./test.ts";

/** A command of the tool, with its steps in order, and from each of them on how many times a pass kills it. */
export interface KilledCommand {
  words: readonly string[];
  steps: Readonly<Record<string, number>>;
}

/** After how many milliseconds in the step at most. A step in which nothing was killed yet may be as short as the first. */
const SCALES_MS = [5, 50, 400];
/** One of so many attempts is followed by one that goes the other way. */
const CHANGES_OF_MIND = 12;
/** The name of a moment at which no step was under way. */
const BETWEEN = "between";

const PACE = ["--rows-per-second", "600", "--batch-ms", "20"];
export const FORWARD: KilledCommand = {
  words: ["run", "--yes", ...PACE],
  // Each of the last verifies everything first.
  steps: { expand: 5, convert: 6, index: 6, verify: 5, swap: 3 } satisfies Record<PhaseName, number>,
};
export const BACK: KilledCommand = {
  words: ["rollback", "--yes", ...PACE],
  steps: { prepare: 4, fill: 5, rebuild: 6, prove: 4, "swap-back": 4, remove: 4 } satisfies Record<
    RollbackStep,
    number
  >,
};
export const CONTRACT: KilledCommand = {
  words: ["contract", "--yes", "--after-days", "0", "--reclaim", "vacuum-full"],
  steps: { verify: 1, contract: 1, reclaim: 1 } satisfies Record<ContractStep, number>,
};

/** Starts commands and kills them with SIGKILL at random moments. */
export class Killer {
  /** How many were killed in which step, by the first word of the command and the step. */
  readonly kills = new Map<string, number>();
  readonly #database: TestDatabase;
  readonly #cwd: string;
  readonly #random: SeededRandom;

  constructor(database: TestDatabase, cwd: string, random: SeededRandom) {
    this.#database = database;
    this.#cwd = cwd;
    this.#random = random;
  }

  get total(): number {
    return [...this.kills.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Which of the steps of a command nobody was killed in. */
  unmet({ words, steps }: KilledCommand): string[] {
    return Object.keys(steps).filter((step) => !this.kills.has(`${words[0]} ${step}`));
  }

  /**
   * Lets a command come through, killed from each of its steps on as often as that says, and now and then `other` before
   * it goes on.
   * @param mostKills in all; from there on it is left alone.
   */
  async comeThrough(command: KilledCommand, other: KilledCommand, mostKills: number): Promise<void> {
    const kills = Object.entries(command.steps).flatMap(([step, times]) => Array<string>(times).fill(step));
    const others = Object.keys(other.steps);
    for (const step of kills) {
      if (this.total >= mostKills) break;
      if (this.#random.below(CHANGES_OF_MIND) === 0) {
        await this.attempt(other, others[this.#random.below(others.length)] as string);
      }
      if (!(await this.attempt(command, step))) return;
    }
    await this.complete(command);
  }

  /**
   * Starts a command and kills it at a random moment from the beginning of `step` on, or of the first that it comes
   * to after that.
   * @returns whether it was killed; else it came to its end, and did all of it.
   */
  async attempt(command: KilledCommand, step: string): Promise<boolean> {
    const cli = this.#start(command);
    const steps = Object.keys(command.steps);
    const rest = steps.slice(steps.indexOf(step)).join("|");
    const begun = cli
      .printed(new RegExp(`"phase":"(?:${rest})"[^}]*"state":"started"`))
      .catch(() => undefined);
    await Promise.race([begun, cli.exit]);
    const drawn = this.#random.below(SCALES_MS.length);
    const scale = SCALES_MS[this.unmet(command).includes(step) ? 0 : drawn] ?? 0;
    await Promise.race([sleep(this.#random.below(scale)), cli.exit]);
    cli.kill("SIGKILL");
    const { code, signal } = await cli.exit;
    // Either killed, or at its end before that, and then with success.
    expect({ code, signal }, `${command.words[0]}: ${cli.stderr()}`).toEqual(
      signal === null ? { code: 0, signal: null } : { code: null, signal: "SIGKILL" },
    );
    if (signal === null) return false;
    const met = `${command.words[0]} ${stepUnderWay(cli.events())}`;
    this.kills.set(met, (this.kills.get(met) ?? 0) + 1);
    return true;
  }

  /** Lets a command come to its end. */
  async complete(command: KilledCommand): Promise<void> {
    const cli = this.#start(command);
    const { code } = await cli.exit;
    expect(code, `${command.words[0]}: ${cli.stderr()}`).toBe(0);
  }

  #start({ words }: KilledCommand): RunningMigration {
    return startMigration(this.#database, words, {}, this.#cwd);
  }
}

function stepUnderWay(events: readonly EventLine[]): string {
  let step = BETWEEN;
  for (const { event, phase, state } of events) {
    if (event !== "phase" || state === "skipped") continue;
    step = state === "started" ? String(phase) : BETWEEN;
  }
  return step;
}
