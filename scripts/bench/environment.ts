import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { connected } from "./connected.ts";

/** Settings of the server that the figures depend on. */
const SETTINGS = [
  "shared_buffers",
  "debug_io_direct",
  "maintenance_work_mem",
  "max_parallel_maintenance_workers",
  "effective_cache_size",
  "work_mem",
  "synchronous_commit",
  "fsync",
  "jit",
];

/** Where and on what a benchmark ran. */
export interface Environment {
  date: string;
  /** Of this repository; with `+` where files had been changed since. Null outside of a checkout. */
  commit: string | null;
  cpu: string;
  cores: number;
  memoryBytes: number;
  node: string;
  postgresql: string;
  pgvector: string;
  settings: Record<string, string>;
}

export async function readEnvironment(url: string): Promise<Environment> {
  return connected(url, async (client) => {
    const { rows } = await client.query<{
      postgresql: string;
      pgvector: string;
      settings: Record<string, string>;
    }>(
      `SELECT current_setting('server_version') AS postgresql,
              (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS pgvector,
              (SELECT jsonb_object_agg(name, current_setting(name)) FROM pg_settings WHERE name = ANY ($1)) AS settings`,
      [SETTINGS],
    );
    const [server] = rows;
    if (!server) throw new Error("the server did not say what it is");
    return {
      date: new Date().toISOString(),
      commit: commit(),
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.version,
      ...server,
    };
  });
}

function commit(): string | null {
  const git = (...words: string[]) =>
    execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    // What an earlier benchmark wrote here changes nothing.
    const changed =
      git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench", ":!docs") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? "+" : ""}`;
  } catch {
    return null;
  }
}
