import { inject } from "vitest";
import { connectDatabase, type OpenDatabase } from "./connect-database.ts";
import type { Origin } from "./database-state.ts";
import { createEmbeddedDatabase } from "./embedded-databases.ts";
import { createServerDatabase } from "./server-databases.ts";
import type { TestDatabase } from "./test.ts";

/** Creates a database that begins as `origin`, and connects to it; `close` drops it. */
export async function openDatabase(origin: Origin): Promise<OpenDatabase> {
  const run = inject("testRun");
  const create = run.kind === "server" ? createServerDatabase : createEmbeddedDatabase;
  const { url, drop } = await create(run, origin);
  try {
    const { database, close } = await connectDatabase(url, run.kind);
    return { database, close: () => close().then(drop) };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** What `read` finds in a database that is as `origin` and that nobody has touched. */
export async function readFrom<Found>(
  origin: Origin,
  read: (database: TestDatabase) => Promise<Found>,
): Promise<Found> {
  const { database, close } = await openDatabase(origin);
  try {
    return await read(database);
  } finally {
    await close();
  }
}
