import pg from "pg";
import type { TestDatabase } from "./test.ts";

/** A database, and how to be rid of its connections, and of itself where it was created. */
export interface OpenDatabase {
  database: TestDatabase;
  close(): Promise<void>;
}

export async function connectDatabase(url: string, kind: TestDatabase["kind"]): Promise<OpenDatabase> {
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    // A test may end a connection or its server; the query that notices fails, and that is enough.
    client.on("error", () => {});
    clients.push(client);
    await client.connect();
    return client;
  };
  const client = await connect();
  const query: TestDatabase["query"] = async (sql, values) => (await client.query(sql, values)).rows as never;
  return {
    database: { url, kind, client, query, connect },
    close: async () => {
      await Promise.all(clients.map((opened) => opened.end().catch(() => {})));
    },
  };
}
