import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
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
  part: string | undefined,
  stored: StoredResult<unknown>,
): Promise<void> {
  const folder = join(output, RESULTS);
  await mkdir(folder, { recursive: true });
  const file = part === undefined ? name : `${name}-${part}`;
  await writeFile(join(folder, `${file}.json`), `${JSON.stringify(stored, null, 2)}\n`);
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
