import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

const STARTER = fileURLToPath(new URL("start-tool.mjs", import.meta.url));

export interface CliExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface CliProcess {
  pid: number;
  /** Everything that was printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves once standard output matches; rejects when the process ends before that. */
  printed(pattern: RegExp): Promise<void>;
  kill(signal?: NodeJS.Signals): void;
  /** Ends standard input. */
  endInput(): void;
  /** Resolves when the process has ended and its output is complete. */
  exit: Promise<CliExit>;
}

export interface CliOptions {
  args?: string[];
  /** Becomes DATABASE_URL. */
  databaseUrl?: string;
  /** Set on top of this process's environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
}

/** Runs one of the project's scripts as a child process: `startScript("scripts/database.ts", { args: ["deploy"] })`. */
export function startScript(script: string, options: CliOptions = {}): CliProcess {
  return start(process.execPath, ["--import", "tsx", script, ...(options.args ?? [])], options);
}

/** Runs `npm run migrate:halfvec -- …args`. */
export function startTool(options: CliOptions): CliProcess {
  const { directory } = inject("testRun");
  return start(process.execPath, [STARTER, directory, ...(options.args ?? [])], options);
}

/** Runs a module given as text, for what must happen in a process of its own. */
export function startCode(code: string, options: CliOptions = {}): CliProcess {
  return start(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], options);
}

/** Runs Prisma's CLI: `startPrisma({ args: ["migrate", "status"], databaseUrl })`. */
export function startPrisma(options: CliOptions): CliProcess {
  // Without its look at the network for a newer version.
  const env = { CHECKPOINT_DISABLE: "1", ...options.env };
  const args = ["node_modules/prisma/build/index.js", ...(options.args ?? [])];
  return start(process.execPath, args, { ...options, env });
}

/** Waits for a process and returns all of it. */
export async function finished(cli: CliProcess): Promise<CliExit & { stdout: string; stderr: string }> {
  const exit = await cli.exit;
  return { ...exit, stdout: cli.stdout(), stderr: cli.stderr() };
}

function start(command: string, args: string[], { databaseUrl, env = {}, cwd }: CliOptions): CliProcess {
  const environment: Record<string, string | undefined> = { ...process.env, NO_COLOR: "1", ...env };
  if (databaseUrl) environment.DATABASE_URL = databaseUrl;
  const child = spawn(command, args, { cwd, env: environment as NodeJS.ProcessEnv, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exit = new Promise<CliExit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(stdout)) return;
          child.stdout.off("data", look);
          resolve();
        };
        child.stdout.on("data", look);
        look();
        child.once("close", () =>
          reject(new Error(`Ended without printing ${pattern}:\n${stdout}\n${stderr}`)),
        );
      }),
    kill: (signal = "SIGTERM") => void child.kill(signal),
    endInput: () => void child.stdin.end(),
    exit,
  };
}
