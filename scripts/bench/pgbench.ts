import { spawn } from "node:child_process";
import { text as textOf } from "node:stream/consumers";

/** A statement with its parameters as text, which pgbench sends as they are. */
export interface PgbenchQuery {
  /** SQL with `$1`, `$2` … */
  readonly text: string;
  readonly values: readonly string[];
}

export interface PgbenchFigures {
  queriesPerSecond: number;
  /** Mean, in milliseconds. */
  latencyMs: number;
}

/** How the statement goes to the server: parsed and planned each time, or once a connection. */
export type PgbenchMode = "extended" | "prepared";

/** What the operating system takes as the arguments of a program: with more queries of 1,536 numbers it refuses. */
const MOST_QUERIES = 60;

/**
 * Runs pgbench on the database at `url`: each transaction is one of `queries`, drawn at random. The parameters are
 * variables of pgbench, so that the statement on the wire is the app's own, parameters included.
 *
 * @param command the words that start pgbench, such as `["pgbench"]`. It reads its script from standard input, so it
 *   may run on another machine or in a container.
 * @throws with what pgbench said, where a transaction failed
 */
export async function pgbench(
  command: readonly string[],
  url: string,
  queries: readonly PgbenchQuery[],
  { clients, seconds, mode }: { clients: number; seconds: number; mode: PgbenchMode },
): Promise<PgbenchFigures> {
  const used = queries.slice(0, MOST_QUERIES);
  const variable = (query: number, parameter: number) => `q${query}_${parameter}`;
  const branches = used.map(({ text }, query) => {
    const statement = text
      .replace(/\s+/g, " ")
      .replace(/\$(\d+)/g, (_, number) => `:${variable(query, Number(number))}`);
    return `${query === 0 ? "\\if" : "\\elif"} :query = ${query}\n${statement};\n`;
  });
  const script = `\\set query random(0, ${used.length - 1})\n${branches.join("")}\\endif\n`;
  const words = ["-n", "-M", mode, "-c", clients, "-j", Math.min(clients, 2), "-T", seconds, "-f", "-"].map(
    String,
  );
  for (const [query, { values }] of used.entries()) {
    for (const [position, value] of values.entries())
      words.push("-D", `${variable(query, position + 1)}=${value}`);
  }
  const said = await run([...command, ...words, url], script);
  const figure = (pattern: RegExp) => Number(pattern.exec(said)?.[1]);
  const queriesPerSecond = figure(/tps = ([\d.]+)/);
  if (figure(/failed transactions: (\d+)/) !== 0 || !(queriesPerSecond > 0)) {
    throw new Error(`pgbench failed:\n${said}`);
  }
  return { queriesPerSecond, latencyMs: figure(/latency average = ([\d.]+) ms/) };
}

async function run([program = "", ...words]: readonly string[], input: string): Promise<string> {
  const child = spawn(program, words, { stdio: "pipe" });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  child.stdin.end(input);
  const [output, errors, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  if (code !== 0) throw new Error(`pgbench ended with ${code}:\n${errors}`);
  return output;
}
