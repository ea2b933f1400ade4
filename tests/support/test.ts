import type pg from "pg";
import { test as base } from "vitest";
import type { Origin } from "./database-state.ts";
import { openDatabase } from "./open-database.ts";

export interface TestDatabase {
  url: string;
  kind: "server" | "embedded";
  /** Connected. */
  client: pg.Client;
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Another connection; the fixture closes it. */
  connect(): Promise<pg.Client>;
}

export interface DatabaseFixtures {
  /**
   * Up to and including which migration the test's database is migrated, by its name or the part after the
   * timestamp: `test.override({ through: "init" })`. Default: none, only the extension `vector` is there.
   */
  through: string | null;
  /** What {@link testOn} was called with, which then counts instead. */
  origin: { of: Origin } | null;
  /** A fresh database for this test alone. */
  database: TestDatabase;
}

/**
 * Vitest's `test` with a database of its own for each test that asks for one. A test that needs a real server
 * says so: `test("…", { tags: ["server"] }, async ({ database }) => …)`; `describe` takes the tag too.
 */
export const test = base.extend<DatabaseFixtures>({
  through: null,
  origin: null,
  database: async ({ through, origin }, use) => {
    const { database, close } = await openDatabase(origin ? origin.of : through);
    try {
      await use(database);
    } finally {
      await close();
    }
  },
});

/**
 * The same, on databases that begin as `origin`. A file can have several of these, where `test.override` counts for all
 * tests of a file or `describe`.
 */
export function testOn(origin: Origin): typeof test {
  return test.extend<Pick<DatabaseFixtures, "origin">>({ origin: { of: origin } });
}
