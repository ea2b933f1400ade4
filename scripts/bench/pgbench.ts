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

/** What one transaction sends, one statement after the other. */
export type PgbenchTransaction = readonly PgbenchQuery[];

/** How the statement goes to the server: parsed and planned each time, or once a connection. */
export type PgbenchMode = "extended" | "prepared";

/** What the operating system takes as the arguments of a program: with more vectors of 1,536 numbers it refuses. */
const MOST_STATEMENTS = 60;

/**
 * Runs pgbench on the database at `url`: each time one of `transactions`, drawn at random. The parameters are
 * variables of pgbench, so that the statement on the wire is the app's own, parameters included.
 *
 * @param command the words that start pgbench, such as `["pgbench"]`. It reads its script from standard input, so it
 *   may run on another machine or in a container.
 * @throws with what pgbench said, where a transaction failed
 */
export async function pgbench(
  command: readonly string[],
  url: string,
  transactions: readonly PgbenchTransaction[],
  { clients, seconds, mode }: { clients: number; seconds: number; mode: PgbenchMode },
): Promise<PgbenchFigures> {
  const statements = Math.max(1, transactions[0]?.length ?? 1);
  const used = transactions.slice(0, Math.floor(MOST_STATEMENTS / statements));
  const words = ["-n", "-M", mode, "-c", clients, "-j", Math.min(clients, 2), "-T", seconds, "-f", "-"].map(
    String,
  );
  let variables = 0;
  const branches = used.map((transaction, place) => {
    const sent = transaction.map(({ text, values }) => {
      const first = variables;
      variables += values.length;
      for (const [index, value] of values.entries()) words.push("-D", `v${first + index}=${value}`);
      return `${text.replace(/\s+/g, " ").replace(/\$(\d+)/g, (_, number) => `:v${first + Number(number) - 1}`)};\n`;
    });
    return `${place === 0 ? "\\if" : "\\elif"} :query = ${place}\n${sent.join("")}`;
  });
  const script = `\\set query random(0, ${used.length - 1})\n${branches.join("")}\\endif\n`;
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
