import { execFile } from "node:child_process";
import { runAsPsql } from "./down-migrations.ts";
import type { GuideBlock } from "./guide-blocks.ts";
import type { TestDatabase } from "./test.ts";

/** What stands in the guide for the database of the reader. */
const PLACEHOLDER = "postgresql://user@host:5432/database";

/** Commands that ask a person, whom the test has not: they get `--yes`. */
const ASKS = /^npm run migrate:halfvec(?: -- (?:run|swap|rollback|contract)\b(?!.*--(?:yes|help|until)).*)?$/;

export interface BlockResult {
  /** Exit code of the command at which the block ended. */
  code: number;
  output: string;
  /** Of its last statement. */
  rows: number;
}

/** Runs a block of the guide as it stands there: `sh` in the shell, each command only after the one before it succeeded. */
export async function runBlock(
  database: TestDatabase,
  directory: string,
  { language, text }: GuideBlock,
): Promise<BlockResult> {
  if (language === "sh") return runShell(database, directory, text);
  let rows = 0;
  for (const statement of statementsOf(text)) {
    if (statement.endsWith("\\gexec")) await runAsPsql(database, statement);
    else rows = (await database.query(statement)).length;
  }
  return { code: 0, output: "", rows };
}

/** The commands of a block of `sh`, one a line. */
export function commandsOf({ language, text }: Pick<GuideBlock, "language" | "text">): string[] {
  return language === "sh" ? text.split("\n") : [];
}

function runShell(database: TestDatabase, directory: string, text: string): Promise<BlockResult> {
  const commands = text.split("\n").map((line) => {
    const command = line.replace(PLACEHOLDER, database.url);
    if (!ASKS.test(command)) return command;
    return `${command}${command.includes(" -- ") ? "" : " --"} --yes`;
  });
  const env = { ...process.env, DATABASE_URL: database.url, NO_COLOR: "1", CHECKPOINT_DISABLE: "1" };
  const options = { cwd: directory, env, maxBuffer: 2 ** 24 };
  return new Promise((resolve, reject) => {
    const child = execFile("sh", ["-euc", commands.join("\n")], options, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === "number") resolve({ code, output: stdout + stderr, rows: 0 });
      else reject(error);
    });
    // Nobody is at the terminal.
    child.stdin?.end();
  });
}

/** Statements as psql would take them: each ends with a semicolon at the end of a line outside `$$`, or with \gexec. */
export function statementsOf(text: string): string[] {
  const statements: string[] = [];
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    lines.push(line);
    const statement = lines.join("\n");
    const inBody = statement.split("$$").length % 2 === 0;
    if (inBody || !/(?:;|\\gexec)$/.test(line)) continue;
    statements.push(statement);
    lines = [];
  }
  if (lines.length > 0) throw new Error(`a statement without an end: ${lines.join("\n")}`);
  return statements;
}
