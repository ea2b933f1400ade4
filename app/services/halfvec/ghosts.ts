import type { ClientBase } from "pg";
import { withMigrationLock } from "../prisma-migrations/migration-lock.ts";
import type { Report } from "./events.ts";
import { withPhaseLock } from "./phase-lock.ts";

/**
 * Runs `work` while no session changes the schema or an index. One of a process that was killed may still do so, the
 * server not having noticed: its swap would come between what we read of the catalog and what we do.
 *
 * @throws MigrationLockError when another session holds Prisma's lock for half a minute. InterruptedError when
 *   `signal` is aborted.
 */
export function withoutGhosts<Result>(
  client: ClientBase,
  report: Report,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  return withPhaseLock(
    client,
    () =>
      report({
        event: "waiting",
        table: "all",
        reason: "another session works on an index or the schema still",
      }),
    signal,
    () => withMigrationLock(client, { signal }, work),
  );
}
