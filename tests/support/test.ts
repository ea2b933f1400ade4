import pg from "pg";
import { test as base, inject } from "vitest";
import { createEmbeddedDatabase } from "./embedded-databases.ts";
import { createServerDatabase } from "./server-databases.ts";

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
  /** A fresh database for this test alone. */
  database: TestDatabase;
}

/**
 * Vitest's `test` with a database of its own for each test that asks for one. A test that needs a real server
 * says so: `test("…", { tags: ["server"] }, async ({ database }) => …)`; `describe` takes the tag too.
 */
export const test = base.extend<DatabaseFixtures>({
  through: null,
  database: async ({ through }, use) => {
    const run = inject("testRun");
    const create = run.kind === "server" ? createServerDatabase : createEmbeddedDatabase;
    const { url, drop } = await create(run, through);
    const clients: pg.Client[] = [];
    const connect = async () => {
      const client = new pg.Client({ connectionString: url });
      // A test may end a connection or its server; the query that notices fails, and that is enough.
      client.on("error", () => {});
      clients.push(client);
      await client.connect();
      return client;
    };
    try {
      const client = await connect();
      const query: TestDatabase["query"] = async (sql, values) =>
        (await client.query(sql, values)).rows as never;
      await use({ url, kind: run.kind, client, query, connect });
    } finally {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
      await drop();
    }
  },
});
