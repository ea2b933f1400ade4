import { setTimeout as sleep } from "node:timers/promises";
import { EMBEDDING_TABLES } from "../../../app/embedding-tables.ts";
import { PHASE_NAMES, type PhaseName } from "../../../app/services/halfvec/phases.ts";
import { formatCount } from "../../migrate-to-halfvec/format.ts";
import { backgroundLoad, type LoadFigures } from "../background-load.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { watchLockWaits } from "../lock-waits.ts";
import { markdownTable, spread } from "../markdown.ts";
import { runStep } from "../migrated-database.ts";
import { type Latencies, latenciesOf } from "../statistics.ts";

const ROWS = 50_000;
const IDLE_MS = 15_000;

interface PhaseFigures {
  phase: PhaseName | "before";
  seconds: number;
  searches: Latencies;
  writes: Latencies;
  /** The longest wait of anybody but the migration for a lock, in milliseconds. */
  longestLockWaitMs: number;
  errors: string[];
}

interface MigrationResult {
  rows: number;
  /** Each repetition is a whole migration. */
  runs: PhaseFigures[][];
}

/** The whole migration of all tables, with a searcher and a writer at work on each of them. */
export const MIGRATION = benchmark<MigrationResult>({
  name: "migration",
  title: "Whole migration under load",
  async *run(bench) {
    const data = dataOf(bench, ROWS);
    const template = await bench.scratch.template(EMBEDDING_TABLES, data);
    const runs: PhaseFigures[][] = [];
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      runs.push(await measureRun(bench, template));
    }
    yield { result: { rows: data.rows, runs } };
  },
  report: ({ rows, runs }) => {
    const of = (phase: PhaseFigures["phase"], pick: (figures: PhaseFigures) => number, digits = 1) =>
      spread(
        runs.flatMap((run) => run.filter((one) => one.phase === phase).map(pick)),
        digits,
      );
    const total = runs.map((run) =>
      run.filter(({ phase }) => phase !== "before").reduce((sum, { seconds }) => sum + seconds, 0),
    );
    const errors = runs.flat().reduce((sum, one) => sum + one.errors.length, 0);
    return [
      `${formatCount(rows)} rows in each of ${EMBEDDING_TABLES.length} tables; a searcher and a writer on each table all the time. Errors: ${errors}. Seconds of the whole migration: ${spread(total, 0)}.`,
      "",
      ...markdownTable(
        [
          "phase",
          "seconds",
          "search p50 ms",
          "search p95",
          "search max",
          "write p50",
          "write p95",
          "write max",
          "longest lock wait",
        ],
        (["before", ...PHASE_NAMES] as const).map((phase) => [
          phase,
          of(phase, ({ seconds }) => seconds),
          of(phase, ({ searches }) => searches.p50),
          of(phase, ({ searches }) => searches.p95),
          of(phase, ({ searches }) => searches.max),
          of(phase, ({ writes }) => writes.p50),
          of(phase, ({ writes }) => writes.p95),
          of(phase, ({ writes }) => writes.max),
          of(phase, ({ longestLockWaitMs }) => longestLockWaitMs),
        ]),
      ),
    ];
  },
});

async function measureRun(bench: Bench, template: string): Promise<PhaseFigures[]> {
  const url = await bench.scratch.copy(template);
  const figures = [await underLoad(url, "before", () => sleep(IDLE_MS))];
  for (const phase of PHASE_NAMES) {
    const measured = await underLoad(url, phase, () => runStep(url, phase));
    figures.push(measured);
    bench.say(
      `${phase}: ${measured.seconds.toFixed(1)} s, slowest search ${measured.searches.max.toFixed(0)} ms, slowest write ${measured.writes.max.toFixed(0)} ms, errors ${measured.errors.length}`,
    );
  }
  await bench.scratch.drop(url);
  return figures;
}

async function underLoad(
  url: string,
  phase: PhaseFigures["phase"],
  work: () => Promise<unknown>,
): Promise<PhaseFigures> {
  const locks = await watchLockWaits(url);
  const loads = await Promise.all(EMBEDDING_TABLES.map((table) => backgroundLoad(url, table)));
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const stopped = await Promise.all(loads.map((load) => load.stop()));
  const all = (pick: (load: LoadFigures) => number[]) => latenciesOf(stopped.flatMap(pick));
  return {
    phase,
    seconds,
    searches: all(({ searches }) => searches),
    writes: all(({ writes }) => writes),
    longestLockWaitMs: await locks.stop(),
    errors: stopped.flatMap(({ errors }) => errors),
  };
}
