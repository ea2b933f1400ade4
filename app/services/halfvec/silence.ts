import { Socket } from "node:net";
import pg from "pg";
import { closeConnection } from "./close-connection.ts";

/**
 * How long a connection may be silent, as it is during an index build, before the server is asked whether it is still
 * there; and how long it may take to answer. In milliseconds.
 */
export const SILENCE = { silentMs: 30_000, answerMs: 10_000 };
export type Silence = typeof SILENCE;

/** A server that is merely busy may miss one question. */
const UNANSWERED = 2;

/**
 * Ends a connection that is silent because the network is gone: nobody has closed it, so the statement would seem to run
 * for as long as the operating system tries (15 minutes where something was sent, two hours otherwise). The
 * statement then fails with a lost connection. One that is silent because it works hard goes on: the server
 * answers on another connection.
 */
export function endWhenServerIsGone(client: pg.Client, url: string, { silentMs, answerMs }: Silence): void {
  const socket = client.connection.stream;
  if (!(socket instanceof Socket)) return;
  let unanswered = 0;
  const look = async () => {
    unanswered = (await answers(url, answerMs)) ? 0 : unanswered + 1;
    if (socket.destroyed) return;
    if (unanswered < UNANSWERED) socket.setTimeout(silentMs);
    else socket.destroy(new ServerGone(silentMs, answerMs));
  };
  socket.on("timeout", () => void look());
  socket.setTimeout(silentMs);
}

class ServerGone extends Error {
  override name = "ServerGone";
  readonly code = "ETIMEDOUT";
  constructor(silentMs: number, answerMs: number) {
    const seconds = ((silentMs + answerMs) * UNANSWERED) / 1000;
    super(`the server is silent for ${Math.round(seconds)} s and answers on no other connection`);
  }
}

async function answers(url: string, answerMs: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "migrate-halfvec is the server there",
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT");
    return true;
  } catch (error) {
    // A server that refuses us a connection is there.
    return error instanceof pg.DatabaseError;
  } finally {
    await closeConnection(client);
  }
}
