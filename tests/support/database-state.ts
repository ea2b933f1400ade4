import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { connectDatabase } from "./connect-database.ts";
import type { TestDatabase } from "./test.ts";

/** A state in which tests find their database: made once a run, and copied for each of them. */
export interface DatabaseState {
  /** Stands for what is in it: short, of letters, digits and `_`. */
  name: string;
  from: Origin;
  /** Brings a database that is as `from` into this state. */
  prepare(database: TestDatabase): Promise<unknown>;
}

/**
 * What a database begins as: a state, or up to and including which migration it is migrated, by its name or the part
 * after the timestamp; null: nothing but the extension `vector`.
 */
export type Origin = DatabaseState | string | null;

export function nameOf(origin: Origin): string {
  if (origin === null) return "empty";
  return typeof origin === "string" ? origin.replace(/\W/g, "_") : origin.name;
}

/** What an origin is made from; undefined for the one that is made from nothing. */
export function sourceOf(origin: Origin): Origin | undefined {
  if (origin === null) return undefined;
  return typeof origin === "string" ? null : origin.from;
}

/** Makes of a database that is as the source of `origin` one that is as `origin`, and leaves no connection. */
export async function prepareOrigin(url: string, kind: TestDatabase["kind"], origin: Origin): Promise<void> {
  const { database, close } = await connectDatabase(url, kind);
  try {
    if (origin === null) await database.query("CREATE EXTENSION IF NOT EXISTS vector");
    else if (typeof origin === "string") await deployThrough(database.client, { through: origin });
    else await origin.prepare(database);
    // A dump is loaded without recovery.
    if (kind === "embedded") await database.query("CHECKPOINT");
  } finally {
    await close();
  }
}
