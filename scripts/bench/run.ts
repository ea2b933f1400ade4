/**
 * `npm run bench [-- NAME … --rows N --repetitions N …]`: measures on the server of DATABASE_URL, in databases of its own
 * that it drops again. Results go to bench/results/*.json, and docs/BENCHMARKS.md is written anew from all of them.
 */

import { env } from "../../app/env.server.ts";
import type { AnyBenchmark } from "./benchmark.ts";
import { CONVERSION } from "./conversion/conversion.ts";
import { readEnvironment } from "./environment.ts";
import { INDEX_BUILD } from "./index-build/index-build.ts";
import { LOAD } from "./load/load.ts";
import { MIGRATION } from "./migration/migration.ts";
import { BENCH_HELP, parseBenchCommand, UsageError } from "./options.ts";
import { PROFILES } from "./profiles/profiles.ts";
import { readResult, storeResult, writeReport } from "./results.ts";
import { ScratchDatabases } from "./scratch-database.ts";
import { SEARCH } from "./search/search.ts";
import { STORAGE } from "./storage/storage.ts";

const BENCHMARKS: readonly AnyBenchmark[] = [
  CONVERSION,
  INDEX_BUILD,
  SEARCH,
  PROFILES,
  LOAD,
  STORAGE,
  MIGRATION,
];

async function main(words: string[]): Promise<void> {
  const command = parseBenchCommand(
    words,
    BENCHMARKS.map(({ name }) => name),
    env.DATABASE_URL,
  );
  if (command.kind === "help") {
    process.stdout.write(BENCH_HELP);
    return;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const scratch = await ScratchDatabases.open(command.databaseUrl);
  try {
    for (const benchmark of BENCHMARKS.filter(({ name }) => command.names.includes(name))) {
      say(`== ${benchmark.title}`);
      const environment = await readEnvironment(command.databaseUrl);
      const { pgbench: _, resume, ...settings } = command.settings;
      const stored = async <Result>(part: string) =>
        resume ? readResult<Result>(command.output, benchmark.name, part, environment) : null;
      const measured = benchmark.run({ ...command.settings, scratch, say, stored });
      for await (const { part, result, repetitions = settings.repetitions } of measured) {
        const told = { ...settings, repetitions };
        await storeResult(command.output, benchmark.name, part, { environment, settings: told, result });
      }
    }
  } finally {
    await scratch.close();
  }
  await writeReport(command.output, BENCHMARKS);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
