import { randomBytes } from "node:crypto";
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Nobody outside knows the name, so nobody can send it. */
const HEADER = `x-connection-${randomBytes(8).toString("hex")}`;

/** A private message of Node's HTTP server as a request arrives, before anybody handles it. */
interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const connections = new Map<string, AbortController>();
let started = 0;

/**
 * From now on every request that this process gets can be asked whether its client is still there. Call it once, as the
 * app starts. The signal that a request brings by itself does not say so: Remix hands on copies of the request, and the
 * link from one copy's signal to the next is lost with the first garbage collection (seen with Node 20.20).
 */
export function noteClientsGone(): void {
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as RequestStarted;
    const connection = new AbortController();
    const name = String(started++);
    request.headers[HEADER] = name;
    connections.set(name, connection);
    response.once("close", () => {
      connections.delete(name);
      if (!response.writableFinished) connection.abort(new Error("The client went away."));
    });
  });
}

/** Aborted when the client of a request goes away before it has the whole answer. */
export function clientGone(request: Request): AbortSignal {
  const name = request.headers.get(HEADER);
  const connection = name === null ? undefined : connections.get(name);
  return connection?.signal ?? request.signal;
}
