import type { ScratchDatabases, SyntheticRows } from "./scratch-database.ts";

/** What a benchmark may be told on the command line. */
export interface BenchSettings {
  /** Rows of each embedding table; undefined: the benchmark's own number. */
  readonly rows: number | undefined;
  /** Bytes beside the vector, and kind of ids, where only one of each is wanted. */
  readonly rowBytes: number | undefined;
  readonly ids: "v4" | "v7" | undefined;
  /** What profiles fills its table with. */
  readonly data: "synthetic" | "text";
  /** How often each side is measured, in turn with the others. */
  readonly repetitions: number;
  /** How long a throughput is measured, in seconds. */
  readonly seconds: number;
  /** The words that run pgbench on the server. */
  readonly pgbench: readonly string[];
  /** Whether to go on with what an interrupted run has stored. */
  readonly resume: boolean;
}

/** What every benchmark is given. */
export interface Bench extends BenchSettings {
  /** Databases of its own on the server, dropped at the end. */
  readonly scratch: ScratchDatabases;
  /** Says how far it is. */
  say(line: string): void;
  /**
   * What is stored of a part, to go on with; null where nothing is, or to begin anew was asked for.
   * @throws UsageError where it was measured elsewhere, or otherwise.
   */
  stored<Result>(part: string): Promise<Result | null>;
}

/** What the tables of a benchmark are filled with: what the command line says, else `rows`, short and in the order of time. */
export function dataOf(bench: BenchSettings, rows: number): SyntheticRows {
  return { rows: bench.rows ?? rows, rowBytes: bench.rowBytes ?? 400, ids: bench.ids ?? "v7" };
}

/** A result, and which part of its benchmark it is where it is not the whole. */
export interface Measured<Result> {
  readonly part?: string;
  readonly result: Result;
  /** How many there are so far, where more are to come. */
  readonly repetitions?: number;
}

/** One of the benchmarks of `npm run bench`. */
export interface Benchmark<Result> {
  /** `npm run bench:<name>`, and the beginning of the names of the files with its results. */
  readonly name: string;
  readonly title: string;
  /** Whether it measures bytes, which are the same each time: without repetitions. */
  readonly once?: boolean;
  /**
   * Measures one result after the other, each with raw figures of every repetition, no conclusions. Each is stored when it
   * is there, so that hours of measuring are not lost with the last of them, and in place of an earlier one of the same part:
   * what takes long gives its result after each repetition.
   */
  run(bench: Bench): AsyncIterable<Measured<Result>>;
  /** A result as Markdown, below the title. Computes medians and ratios from the stored figures. */
  report(result: Result): string[];
}

/** One whose result nobody looks into but itself. */
export type AnyBenchmark = Omit<Benchmark<never>, "run"> & {
  run(bench: Bench): AsyncIterable<Measured<unknown>>;
};

/** Fills in the type of the result. */
export function benchmark<Result>(definition: Benchmark<Result>): Benchmark<Result> {
  return definition;
}
