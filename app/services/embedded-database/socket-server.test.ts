import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { from } from "pg-copy-streams";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SocketServer } from "./socket-server.ts";

let db: PGlite;
let server: SocketServer;
let clients: pg.Client[] = [];

beforeAll(async () => {
  db = await PGlite.create();
  server = await SocketServer.listen(db, { port: 0, idleInTransactionMs: 300 });
});

afterAll(async () => {
  await server.stop();
  await db.close();
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  clients = [];
  await db.exec("DROP TABLE IF EXISTS t");
});

async function connect(database = "postgres"): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port: server.port, user: "postgres", database });
  client.on("error", () => {});
  clients.push(client);
  await client.connect();
  return client;
}

/** As when the client's process is killed. */
async function cut(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: import("node:net").Socket } }).connection;
  stream.destroy();
  await once(stream, "close");
}

async function copy(client: pg.Client, sql: string, rows: string[]): Promise<void> {
  const stream = client.query(from(sql));
  const done = once(stream, "finish");
  for (const row of rows) stream.write(row);
  stream.end();
  await done;
}

describe("several connections", () => {
  test("extended queries do not come between each other's messages", async () => {
    const [a, b] = [await connect(), await connect()];
    const ask = async (client: pg.Client, sql: string, times: number) => {
      const answers: unknown[] = [];
      for (let i = 0; i < times; i += 1) answers.push((await client.query(sql, [i])).rows[0].v);
      return answers;
    };
    const [numbers, texts] = await Promise.all([
      ask(a, "SELECT $1::integer AS v", 100),
      ask(b, "SELECT $1::text || 'b' AS v", 100),
    ]);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(texts).toEqual(Array.from({ length: 100 }, (_, i) => `${i}b`));
  });

  test("what others send waits for the end of a transaction", async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query("CREATE TABLE t (id integer)");
    await a.query("BEGIN");
    const counted = b.query("SELECT count(*)::integer AS n FROM t");
    await a.query("INSERT INTO t VALUES (1)");
    await a.query("COMMIT");
    expect((await counted).rows).toEqual([{ n: 1 }]);
  });

  test("an idle transaction that others wait for is ended", async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query("BEGIN");
    expect((await b.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await expect(a.query("COMMIT")).rejects.toThrow();
  });

  test("session state goes with the last connection", async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query("SET work_mem = '5MB'");
    await a.query("PREPARE p AS SELECT 1");
    expect((await b.query("SHOW work_mem")).rows).toEqual([{ work_mem: "5MB" }]);
    await Promise.all([a.end(), b.end()]);
    const c = await connect();
    expect((await c.query("SHOW work_mem")).rows).toEqual([{ work_mem: "4MB" }]);
    expect((await c.query("SELECT count(*)::integer AS n FROM pg_prepared_statements")).rows).toEqual([
      { n: 0 },
    ]);
  });
});

describe("a client that goes away", () => {
  test("in a transaction is rolled back before the next turn", async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query("CREATE TABLE t (id integer)");
    await a.query("BEGIN");
    await a.query("INSERT INTO t VALUES (1)");
    await cut(a);
    expect((await b.query("SELECT count(*)::integer AS n FROM t")).rows).toEqual([{ n: 0 }]);
  });

  test("while its BEGIN is on the way leaves no transaction", async () => {
    const b = await connect();
    const socket = connectSocket(server.port, "127.0.0.1");
    const startup = Buffer.from("\0\0\0\0\0\u0003\0\0user\0postgres\0database\0postgres\0\0", "latin1");
    startup.writeInt32BE(startup.length, 0);
    const begin = Buffer.from("Q\0\0\0\0BEGIN\0", "latin1");
    begin.writeInt32BE(begin.length - 1, 1);
    socket.write(Buffer.concat([startup, begin]));
    await once(socket, "data");
    socket.destroy();
    await once(socket, "close");
    const { rows } = await b.query("SELECT now() = statement_timestamp() AS own");
    expect(rows).toEqual([{ own: true }]);
    await expect(b.query("SAVEPOINT s")).rejects.toThrow("can only be used in transaction blocks");
  });
});

describe("COPY from a client", () => {
  test("stores the rows, also many megabytes of them", async () => {
    const a = await connect();
    await a.query("CREATE TABLE t (id integer, x text)");
    await copy(a, "COPY t FROM STDIN", ["1\ta\n", "2\tb\n"]);
    await copy(
      a,
      "copy t (id, x) from stdin",
      Array.from({ length: 400 }, (_, i) => `${i}\t${"y".repeat(20_000)}\n`),
    );
    const { rows } = await a.query("SELECT count(*)::integer AS n, sum(length(x))::integer AS bytes FROM t");
    expect(rows).toEqual([{ n: 402, bytes: 8_000_002 }]);
  });

  test("reports its errors and leaves the session usable", async () => {
    const a = await connect();
    await a.query("CREATE TABLE t (id integer)");
    await expect(copy(a, "COPY t FROM STDIN", ["x\n"])).rejects.toThrow("invalid input syntax");
    await expect(copy(a, "COPY nowhere FROM STDIN", ["1\n"])).rejects.toThrow("does not exist");
    expect((await a.query("SELECT count(*)::integer AS n FROM t")).rows).toEqual([{ n: 0 }]);
  });
});

describe("connecting", () => {
  test("another database than the one there is, is refused", async () => {
    await expect(connect("other")).rejects.toMatchObject({ code: "3D000" });
  });

  test("a client that does not speak PostgreSQL is sent away, others go on", async () => {
    const socket = connectSocket(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket.resume(), "close");
    const a = await connect();
    expect((await a.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("an encrypted connection is declined, a cancel request ignored", async () => {
    const socket = connectSocket(server.port, "127.0.0.1");
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const [answer] = await once(socket, "data");
    expect(String(answer)).toBe("N");
    const cancelling = connectSocket(server.port, "127.0.0.1");
    cancelling.write(Buffer.from([0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]));
    await once(cancelling.resume(), "close");
    socket.destroy();
  });
});
