import pg from "pg";
import { inject, vi } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { createEmbeddedDatabase } from "./embedded-databases.ts";
import { checksums, fillTable } from "./embedding-rows.ts";
import { schemaSnapshot } from "./schema-snapshot.ts";
import { createServerDatabase } from "./server-databases.ts";
import type { TestDatabase } from "./test.ts";

export interface GuardedDatabase extends TestDatabase {
  pool: pg.Pool;
  /** What stands in it: the schema, and rows and checksum of every table. */
  contents(): Promise<unknown>;
  close(): Promise<void>;
}

/** Tables that hold no embeddings. */
const OTHER_TABLES = ["workspaces", "pages", "blocks", "databases", "database_rows", "page_links"];

/** A database at the baseline with some rows in every embedding table, for a whole test file. */
export async function openGuardedDatabase(): Promise<GuardedDatabase> {
  const run = inject("testRun");
  const create = run.kind === "server" ? createServerDatabase : createEmbeddedDatabase;
  const { url, drop } = await create(run, "init");
  const client = new pg.Client({ connectionString: url });
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const ended: Promise<unknown>[] = [];
  pool.on("connect", (member) => ended.push(new Promise((resolve) => member.once("end", resolve))));
  await client.connect();
  const query: TestDatabase["query"] = async (sql, values) => (await client.query(sql, values)).rows as never;
  const connect = () => Promise.reject(new Error("a guarded database has one client and a pool"));
  const database: TestDatabase = { url, kind: run.kind, client, query, connect };
  for (const table of EMBEDDING_TABLES) await fillTable(database, table, 4);
  return {
    ...database,
    pool,
    async contents() {
      const others: unknown[] = [];
      for (const table of OTHER_TABLES) others.push(await query(`SELECT * FROM ${table} t ORDER BY t::text`));
      return { schema: await schemaSnapshot(database), rows: await checksums(database), others };
    },
    async close() {
      await pool.end();
      await Promise.all(ended);
      await client.end();
      await drop();
    },
  };
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
