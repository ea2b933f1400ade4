import { openAsBlob } from "node:fs";
import { access, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { lockDataDirectory } from "../../app/services/embedded-database/data-directory-lock.ts";
import {
  type EmbeddedDatabase,
  startEmbeddedDatabase,
} from "../../app/services/embedded-database/embedded-database.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import type { TestRun } from "./test-server.ts";

/** Starts an embedded database of its own from a dump of that state. Resolves to its URL and how to stop it. */
export async function createEmbeddedDatabase(
  run: TestRun,
  through: string | null,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const dump = await ensureDump(run, through);
  const database = await startEmbeddedDatabase({ port: 0, loadDataDir: await openAsBlob(dump) });
  return { url: database.url, drop: () => database.stop() };
}

/** Makes a dump once a run, whichever worker needs it first: the others wait for the lock. */
async function ensureDump(run: TestRun, through: string | null): Promise<string> {
  const file = join(run.directory, `${through ?? "empty"}.tar`);
  if (await exists(file)) return file;
  const unlock = await lockDataDirectory(file, 120_000);
  try {
    if (!(await exists(file))) await makeDump(run, through, file);
  } finally {
    unlock();
  }
  return file;
}

async function makeDump(run: TestRun, through: string | null, file: string): Promise<void> {
  const database = through
    ? await startEmbeddedDatabase({ port: 0, loadDataDir: await openAsBlob(await ensureDump(run, null)) })
    : await startEmbeddedDatabase({ port: 0 });
  try {
    await prepare(database, through);
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, Buffer.from(await (await database.dump()).arrayBuffer()));
    await rename(draft, file);
  } finally {
    await database.stop();
  }
}

async function prepare(database: EmbeddedDatabase, through: string | null): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    if (through) await deployThrough(client, { through });
    else await client.query("CREATE EXTENSION vector");
    await client.query("CHECKPOINT");
  } finally {
    await client.end();
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
