import { type Database, pool } from "../db.server.ts";

/** Whether the database answers a query now. Never throws. */
export async function isDatabaseReachable(db: Database = pool): Promise<boolean> {
  try {
    await db.query("SELECT 1");
    return true;
  } catch {
    return false;
  }
}

/** SQLSTATEs of a server that is starting, stopping, out of connections or gone, and of a database that is not on it. */
const SERVER_AWAY = /^(08...|57P0[1234]|53300|3D000)$/;
const SOCKET_AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EPIPE"]);
/** `pg` gives the first ones no code, and the code of the last one means much else. */
const CONNECTION_LOST =
  /^(Connection terminated|Query read timeout|timeout (exceeded when trying to connect|expired))|is not currently accepting connections$/;

/** Whether an error of `pg` means that there was no server to answer, rather than an answer that says no. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  const code = "code" in error ? String(error.code) : "";
  return SERVER_AWAY.test(code) || SOCKET_AWAY.has(code) || CONNECTION_LOST.test(error.message);
}
