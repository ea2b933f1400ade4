import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Keeps a second process out of a data directory. PostgreSQL's own `postmaster.pid` does not: in WebAssembly
 * every process has the same id.
 *
 * Waits for up to `patienceMs` for a process that is on its way out. Throws when the directory stays in use.
 *
 * @returns releases the lock.
 */
export async function lockDataDirectory(dataDir: string, patienceMs = 5_000): Promise<() => void> {
  const file = `${dataDir}.pid`;
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + patienceMs;
  while (!tryLock(file)) {
    if (Date.now() > deadline) {
      throw new Error(`The data directory ${dataDir} is in use by the process ${ownerOf(file)} (${file})`);
    }
    await sleep(100);
  }
  return () => rmSync(file, { force: true });
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = ownerOf(file);
  if (owner !== undefined && isAlive(owner)) return false;
  // Left behind by a process that was killed. Whoever of several removes it, one of them wins the next round.
  rmSync(file, { force: true });
  return false;
}

function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
