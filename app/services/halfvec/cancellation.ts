import type { ClientBase } from "pg";
import type { Connections } from "./connections.ts";
import { throwIfAborted } from "./errors.ts";

/**
 * Runs `work`, whose statements on `client` may take long, and cancels the statement at hand when `signal` is aborted.
 * On the embedded database, which knows no cancellation, it ends with the statement.
 * @throws InterruptedError when `signal` is aborted.
 */
export async function withCancellation<Result>(
  connections: Connections,
  client: ClientBase,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  // From here to the listener nothing is awaited: an abort comes before this line or reaches the listener.
  throwIfAborted(signal);
  const cancel = () => {
    connections
      .use("cancel", (other) => other.query("SELECT pg_cancel_backend($1)", [rows[0]?.pid]))
      // The statement then ends by itself.
      .catch(() => undefined);
  };
  if (!connections.embedded) signal.addEventListener("abort", cancel, { once: true });
  try {
    return await work();
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
