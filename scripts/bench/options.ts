import { parseArgs } from "node:util";
import { EMBEDDED_DATABASE_URL } from "../../app/embedded-database-url.ts";
import { databaseUrlProblem } from "../database-url.ts";
import { repeatedOption } from "../repeated-option.ts";
import type { BenchSettings } from "./benchmark.ts";

/** The command line is wrong; the message says what and how to write it. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const BENCH_HELP = `Usage: npm run bench [-- NAME …] [options]      npm run bench:NAME [-- options]

Measures on a real server, both sides of every comparison in turn, in databases of its own that it drops again. Writes
bench/results/NAME.json and, from all results there are, docs/BENCHMARKS.md. Takes hours with the numbers that stand there.

--rows N             rows of each embedding table (default: those of each benchmark)
--row-bytes N        conversion: only rows of about so many bytes beside the vector (default: 400 and 1,800)
--ids v4|v7          conversion: only random, or only time-ordered ids (default: both)
--data synthetic|text profiles: generated vectors, or those of real text by the local model (default: synthetic; text takes
                     half an hour of embedding the first time)
--repetitions N      how often each side is measured (default 3)
--resume             conversion: goes on with the repetitions that an interrupted run of the same commit has stored
--seconds N          how long a throughput is measured (default 10)
--pgbench COMMAND    how to run pgbench on the server (default: pgbench; it reads its script from standard input)
--output DIR         where results and report are written (default: the working directory)
--database-url URL   default: DATABASE_URL. A server of its own, with a role that may create databases
--help               this text
`;

export type BenchCommand =
  | { kind: "help" }
  | { kind: "run"; names: readonly string[]; databaseUrl: string; output: string; settings: BenchSettings };

const OPTIONS = {
  rows: { type: "string" },
  "row-bytes": { type: "string" },
  ids: { type: "string" },
  data: { type: "string" },
  repetitions: { type: "string" },
  resume: { type: "boolean" },
  seconds: { type: "string" },
  pgbench: { type: "string" },
  output: { type: "string" },
  "database-url": { type: "string" },
  help: { type: "boolean" },
} as const;

/** @throws UsageError that names the word that is wrong. */
export function parseBenchCommand(
  words: readonly string[],
  known: readonly string[],
  environmentUrl: string,
): BenchCommand {
  const { values, positionals } = parse(words);
  if (values.help === true) return { kind: "help" };
  for (const name of positionals) {
    if (!known.includes(name)) throw new UsageError(`no benchmark '${name}'; there are ${known.join(", ")}`);
  }
  const { ids, data = "synthetic" } = values;
  if (data !== "synthetic" && data !== "text")
    throw new UsageError(`--data ${data}: synthetic or text is needed`);
  if (ids !== undefined && ids !== "v4" && ids !== "v7")
    throw new UsageError(`--ids ${ids}: v4 or v7 is needed`);
  return {
    kind: "run",
    names: positionals.length > 0 ? positionals : known,
    databaseUrl: serverUrl(values["database-url"] ?? environmentUrl),
    output: values.output ?? ".",
    settings: {
      rows: wholeNumber("rows", values.rows),
      rowBytes: wholeNumber("row-bytes", values["row-bytes"]),
      ids,
      data,
      repetitions: wholeNumber("repetitions", values.repetitions) ?? 3,
      seconds: wholeNumber("seconds", values.seconds) ?? 10,
      resume: values.resume === true,
      pgbench: (values.pgbench ?? "pgbench").split(" "),
    },
  };
}

function parse(words: readonly string[]) {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...words],
      options: OPTIONS,
      allowPositionals: true,
      tokens: true,
    });
    const repeated = repeatedOption(tokens);
    if (repeated !== undefined) throw new UsageError(`--${repeated} is there twice; once is enough`);
    return { values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function serverUrl(url: string): string {
  const problem = databaseUrlProblem(url);
  if (problem !== null) throw new UsageError(`--database-url: ${problem}`);
  if (url === EMBEDDED_DATABASE_URL) {
    throw new UsageError(
      "the benchmarks need a real server, the embedded database serves one session at a time: set DATABASE_URL or --database-url",
    );
  }
  return url;
}

function wholeNumber(name: keyof typeof OPTIONS, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1) throw new UsageError(`--${name} ${text}: a whole number from 1 on is needed`);
  return number;
}
