import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { formatBytes } from "../migrate-to-halfvec/format.ts";
import type { AnyBenchmark, BenchSettings } from "./benchmark.ts";
import type { Environment } from "./environment.ts";
import { UsageError } from "./options.ts";

/** Where results and the report go, below the folder of the output. */
const RESULTS = "bench/results";
const REPORT = "docs/BENCHMARKS.md";

/** A result as it is stored. */
export interface StoredResult<Result> {
  environment: Environment;
  /** Without the command for pgbench: where it lies is of no concern. */
  settings: Omit<BenchSettings, "pgbench" | "resume">;
  result: Result;
}

export async function storeResult(
  output: string,
  name: string,
  part: string | undefined,
  stored: StoredResult<unknown>,
): Promise<void> {
  const file = fileOf(output, name, part);
  await mkdir(dirname(file), { recursive: true });
  // Broken off, what was stored before is still there.
  await writeFile(`${file}.draft`, `${JSON.stringify(stored, null, 2)}\n`);
  await rename(`${file}.draft`, file);
}

/**
 * What is stored of a part of a benchmark, to measure more of it; null where nothing is.
 * @throws UsageError where it was measured on another machine or server, or by another commit: figures of both are not of one kind.
 */
export async function readResult<Result>(
  output: string,
  name: string,
  part: string,
  { date: _, ...here }: Environment,
): Promise<Result | null> {
  const file = fileOf(output, name, part);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const { environment, result }: StoredResult<Result> = JSON.parse(text);
  const { date, ...there } = environment;
  const keys = Object.keys(here) as (keyof typeof here)[];
  const other = keys.find((key) => !isDeepStrictEqual(there[key], here[key]));
  if (other === undefined) return result;
  const [was, is] = [there, here].map((one) => JSON.stringify(one[other]));
  throw new UsageError(
    `--resume: ${file} was measured with ${other} ${was} on ${date.slice(0, 10)}, and here it is ${is}. Without --resume it is measured anew.`,
  );
}

function fileOf(output: string, name: string, part: string | undefined): string {
  return join(output, RESULTS, `${part === undefined ? name : `${name}-${part}`}.json`);
}

/** Writes the report anew from the newest result of each benchmark. */
export async function writeReport(output: string, benchmarks: readonly AnyBenchmark[]): Promise<void> {
  const parts = await Promise.all(benchmarks.map((benchmark) => partOf(output, benchmark)));
  const report = join(output, REPORT);
  await mkdir(dirname(report), { recursive: true });
  await writeFile(report, `${[...HEAD, ...parts.flat()].join("\n").trimEnd()}\n`);
}

const HEAD = [
  "# Benchmarks",
  "",
  "Written by `npm run bench` from `bench/results/*.json`; every comparison was measured in one call on one server, all sides in turn. A figure is the median of the repetitions, in brackets the least and the most. Ratios are of medians.",
  "",
];

async function partOf(output: string, benchmark: AnyBenchmark): Promise<string[]> {
  const head = [`## ${benchmark.title}`, ""];
  const results = await resultsOf(join(output, RESULTS), benchmark.name);
  if (results.length === 0) return [...head, `Not measured yet: \`npm run bench:${benchmark.name}\``, ""];
  return [
    ...head,
    ...results.flatMap(({ environment, settings, result }) => [
      ...benchmark.report(result),
      `${describeEnvironment(environment)} ${benchmark.once ? "Measured once" : `Repetitions: ${settings.repetitions}`}.`,
      "",
    ]),
  ];
}

/** The stored results of a benchmark, those of fewer rows first. */
async function resultsOf(folder: string, name: string): Promise<StoredResult<never>[]> {
  const files = (await readdir(folder).catch(() => [])).filter((file) =>
    new RegExp(`^${name}(-.*)?\\.json$`).test(file),
  );
  const order = new Intl.Collator("en", { numeric: true });
  return Promise.all(
    files.sort(order.compare).map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8"))),
  );
}

function describeEnvironment({
  date,
  commit,
  cpu,
  cores,
  memoryBytes,
  node,
  postgresql,
  pgvector,
  settings,
}: Environment): string {
  const set = Object.entries(settings).map(([name, value]) => `${name} ${value === "" ? "empty" : value}`);
  return `${date.slice(0, 16).replace("T", " ")} UTC, commit ${commit ?? "unknown"}. ${cores} cores (${cpu}), ${formatBytes(memoryBytes)} of memory, PostgreSQL ${postgresql}, pgvector ${pgvector}, Node ${node}; ${set.join(", ")}.`;
}
