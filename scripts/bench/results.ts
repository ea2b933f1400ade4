import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatBytes } from "../migrate-to-halfvec/format.ts";
import type { AnyBenchmark, BenchSettings } from "./benchmark.ts";
import type { Environment } from "./environment.ts";

/** Where results and the report go, below the folder of the output. */
const RESULTS = "bench/results";
const REPORT = "docs/BENCHMARKS.md";

/** A result as it is stored. */
export interface StoredResult<Result> {
  environment: Environment;
  /** Without the command for pgbench: where it lies is of no concern. */
  settings: Omit<BenchSettings, "pgbench">;
  result: Result;
}

export async function storeResult(
  output: string,
  name: string,
  stored: StoredResult<unknown>,
): Promise<void> {
  const folder = join(output, RESULTS);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(stored, null, 2)}\n`);
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
  "Written by `npm run bench` from `bench/results/*.json`; every figure was measured in one call on one server, all sides in turn. Figures in a cell are the median with the least and the most. Ratios are of medians.",
  "",
];

async function partOf(output: string, benchmark: AnyBenchmark): Promise<string[]> {
  const text = await readFile(join(output, RESULTS, `${benchmark.name}.json`), "utf8").catch(() => null);
  const head = [`## ${benchmark.title}`, ""];
  if (text === null) return [...head, `Not measured yet: \`npm run bench:${benchmark.name}\``, ""];
  const { environment, settings, result }: StoredResult<never> = JSON.parse(text);
  return [
    ...head,
    `${describeEnvironment(environment)} Repetitions: ${settings.repetitions}.`,
    "",
    ...benchmark.report(result),
  ];
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
  const set = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return `${date.slice(0, 16).replace("T", " ")} UTC, commit ${commit ?? "unknown"}. ${cores} cores (${cpu}), ${formatBytes(memoryBytes)} of memory, PostgreSQL ${postgresql}, pgvector ${pgvector}, Node ${node}; ${set.join(", ")}.`;
}
