import { openAsBlob } from "node:fs";
import { access, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockDataDirectory } from "../../app/services/embedded-database/data-directory-lock.ts";
import { startEmbeddedDatabase } from "../../app/services/embedded-database/embedded-database.ts";
import { nameOf, type Origin, prepareOrigin, sourceOf } from "./database-state.ts";
import type { TestRun } from "./test-server.ts";

/** Starts an embedded database of its own from a dump of that origin. Resolves to its URL and how to stop it. */
export async function createEmbeddedDatabase(
  run: TestRun,
  origin: Origin,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const dump = await ensureDump(run, origin);
  const database = await startEmbeddedDatabase({ port: 0, loadDataDir: await openAsBlob(dump) });
  return { url: database.url, drop: () => database.stop() };
}

/** Makes a dump once a run, whichever worker needs it first: the others wait for the lock. */
async function ensureDump(run: TestRun, origin: Origin): Promise<string> {
  const file = join(run.directory, `${nameOf(origin)}.tar`);
  if (await exists(file)) return file;
  const unlock = await lockDataDirectory(file, 120_000);
  try {
    if (!(await exists(file))) await makeDump(run, origin, file);
  } finally {
    unlock();
  }
  return file;
}

async function makeDump(run: TestRun, origin: Origin, file: string): Promise<void> {
  const source = sourceOf(origin);
  const loadDataDir = source === undefined ? undefined : await openAsBlob(await ensureDump(run, source));
  const database = await startEmbeddedDatabase({ port: 0, ...(loadDataDir ? { loadDataDir } : {}) });
  try {
    await prepareOrigin(database.url, "embedded", origin);
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, Buffer.from(await (await database.dump()).arrayBuffer()));
    await rename(draft, file);
  } finally {
    await database.stop();
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
