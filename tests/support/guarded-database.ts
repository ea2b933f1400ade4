import pg from "pg";
import { afterAll, beforeAll, vi } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import type { DatabaseState } from "./database-state.ts";
import { checksums, fillTable } from "./embedding-rows.ts";
import { openDatabase } from "./open-database.ts";
import { schemaSnapshot } from "./schema-snapshot.ts";
import type { TestDatabase } from "./test.ts";

export interface GuardedDatabase extends Pick<TestDatabase, "url" | "client" | "query"> {
  readonly pool: pg.Pool;
  /** What stood in it before the first test. */
  readonly before: unknown;
  /** What stands in it: the schema, and rows and checksum of every table. */
  contents(): Promise<unknown>;
}

/** Tables that hold no embeddings. */
const OTHER_TABLES = ["workspaces", "pages", "blocks", "databases", "database_rows", "page_links"];

const ROWS_EVERYWHERE: DatabaseState = {
  name: "rows_in_all_tables",
  from: "init",
  prepare: async (database) => {
    for (const table of EMBEDDING_TABLES) await fillTable(database, table, 4);
  },
};

/**
 * A database at the baseline with some rows in every embedding table, for all tests of the file or the `describe` that
 * calls this: it is there from their first to their last.
 */
export function guardedDatabase(): GuardedDatabase {
  let opened: (Omit<GuardedDatabase, "contents"> & { close(): Promise<void> }) | undefined;
  const now = () => {
    if (!opened) throw new Error("a guarded database is there for tests only");
    return opened;
  };
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());
  return {
    get url() {
      return now().url;
    },
    get client() {
      return now().client;
    },
    get pool() {
      return now().pool;
    },
    get before() {
      return now().before;
    },
    query: (sql, values) => now().query(sql, values),
    contents: () => contentsOf(now()),
  };
}

async function open() {
  const { database, close } = await openDatabase(ROWS_EVERYWHERE);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const ended: Promise<unknown>[] = [];
  pool.on("connect", (member) => ended.push(new Promise((resolve) => member.once("end", resolve))));
  return {
    ...database,
    pool,
    before: await contentsOf(database),
    async close() {
      await pool.end();
      await Promise.all(ended);
      await close();
    },
  };
}

async function contentsOf(database: Pick<TestDatabase, "query">): Promise<unknown> {
  const others: unknown[] = [];
  for (const table of OTHER_TABLES) {
    others.push(await database.query(`SELECT * FROM ${table} t ORDER BY t::text`));
  }
  return { schema: await schemaSnapshot(database), rows: await checksums(database), others };
}

/** What became of some work: its error or its result, and the text of each statement that was sent meanwhile. */
export interface Recorded {
  error: Error | undefined;
  result: unknown;
  statements: string[];
}

/** Does work, and records every statement that any connection of this process sends meanwhile. */
export async function recorded(work: () => unknown): Promise<Recorded> {
  const statements: string[] = [];
  const send = pg.Client.prototype.query as (this: pg.Client, ...parameters: unknown[]) => unknown;
  const spy = vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (
    this: pg.Client,
    ...parameters: unknown[]
  ) {
    const [query] = parameters;
    statements.push(typeof query === "string" ? query : String((query as { text?: unknown }).text));
    return send.apply(this, parameters);
  } as never);
  try {
    return { error: undefined, result: await work(), statements };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error, result: undefined, statements };
  } finally {
    spy.mockRestore();
  }
}

/** Statements without what is between quotes: where SQL from outside must not be, whether it is quoted or not. */
export function outsideQuotes(statements: readonly string[]): string {
  return statements.join(";\n").replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, "…");
}
