import { type AddressInfo, createServer } from "node:net";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { closeConnection } from "./close-connection.ts";

/** "You are in" and "ready", as PostgreSQL sends them. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

test("a connection whose server never answers the farewell is closed all the same", async () => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined).once("data", () => socket.write(WELCOME));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = new pg.Client({ host: "127.0.0.1", port, user: "nobody", database: "nothing", ssl: false });
  client.on("error", () => undefined);
  await client.connect();
  await closeConnection(client);
  expect(client.connection.stream).toMatchObject({ destroyed: true });
});
