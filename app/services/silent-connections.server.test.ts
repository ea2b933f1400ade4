import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeSilentConnections } from "./silent-connections.server.ts";

test("a server that is told to end closes though a browser has connected in advance, and answers who has asked", async () => {
  closeSilentConnections();
  const before = process.listeners("SIGTERM");
  const server = createServer();
  const asked = once(server, "request");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const arrived = once(server, "connection");
  const silent = connect(port, "127.0.0.1");
  onTestFinished(() => void silent.destroy());
  await arrived;
  const answer = fetch(`http://127.0.0.1:${port}`);
  const [, response] = await asked;
  // As the server of the app does it.
  const closed = once(server, "close");
  process.once("SIGTERM", () => server.close());
  process.kill(process.pid, "SIGTERM");
  await once(silent, "close");
  response.writeHead(200, { Connection: "close" }).end("All of it.");
  expect(await (await answer).text()).toBe("All of it.");
  await closed;
  expect(process.listeners("SIGTERM")).toEqual(before);
});
