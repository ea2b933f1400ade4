import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { withCancellation } from "./cancellation.ts";
import { readCatalog } from "./catalog.ts";
import type { Connections } from "./connections.ts";
import { RefusedError, throwIfAborted } from "./errors.ts";
import type { Report } from "./events.ts";
import { qualified, quoted } from "./identifiers.ts";
import { withPhaseLock } from "./phase-lock.ts";
import { plural } from "./plural.ts";
import { countUnconverted } from "./unconverted.ts";
import type { WantedIndex } from "./wanted-index.ts";

const LOOK_EVERY_MS = 500;

/**
 * Builds an index with CREATE INDEX CONCURRENTLY, while the table is read and written. What a build that failed has
 * left is dropped first. Does nothing where the index stands.
 *
 * @returns how many seconds the build took; null where the index stood.
 * @throws RefusedError while rows of the column are not filled: once it is indexed, no update of it can be HOT.
 * @throws InterruptedError when `signal` is aborted; the build is cancelled, and the next call starts it again.
 */
export async function buildIndex(
  connections: Connections,
  wanted: WantedIndex,
  report: Report,
  signal: AbortSignal,
): Promise<number | null> {
  const { table, target, filling } = wanted;
  return connections.use("index", (client) =>
    withPhaseLock(
      client,
      () =>
        report({
          event: "waiting",
          table: table.name,
          reason: "another process works on an index or the schema",
        }),
      signal,
      async () => {
        if (wanted.stands(await readCatalog(client, table))) return null;
        const unconverted = filling === null ? 0 : await countUnconverted(client, filling);
        if (unconverted > 0) {
          throw new RefusedError(
            `${table.name} has ${unconverted} ${plural(unconverted, "row")} without a value in ${target}; an index now would make every one of them slow. First run: npm run migrate:halfvec -- ${filling?.command}`,
          );
        }
        // An index waits for every older transaction; a time-out would leave an invalid one behind.
        await client.query("SET lock_timeout = 0");
        await waitForOtherBuild(client, table, report, signal);
        if (wanted.stands(await readCatalog(client, table))) return null;
        await dropInvalidIndexes(connections, client, wanted, report, signal);
        const began = performance.now();
        await createIndex(connections, client, wanted, report, signal);
        return (performance.now() - began) / 1000;
      },
    ),
  );
}

/**
 * Waits while another session builds an index on `table`: `prisma migrate deploy` does not know our lock, and its
 * index is invalid until it is done, which makes it look like what a failed build left.
 */
async function waitForOtherBuild(
  client: ClientBase,
  table: EmbeddingTable,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  for (let told = false; ; told = true) {
    throwIfAborted(signal);
    const { rows } = await client.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_progress_create_index WHERE relid = $1::regclass AND pid <> pg_backend_pid()",
      [qualified(table)],
    );
    const builder = rows[0];
    if (!builder) return;
    if (!told) {
      report({
        event: "waiting",
        table: table.name,
        reason: `session ${builder.pid} is building an index on it`,
      });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function dropInvalidIndexes(
  connections: Connections,
  client: ClientBase,
  { table, target, name }: WantedIndex,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { indexes } = await readCatalog(client, table);
  for (const index of indexes.filter((one) => !one.valid && (one.column === target || one.name === name))) {
    report({
      event: "warning",
      table: table.name,
      message: `${index.name} is what a failed build left; it is dropped and built again`,
    });
    await withCancellation(connections, client, signal, () =>
      client.query(`DROP INDEX CONCURRENTLY ${quoted(table.schema)}.${quoted(index.name)}`),
    );
  }
}

async function createIndex(
  connections: Connections,
  client: ClientBase,
  wanted: WantedIndex,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { table } = wanted;
  const onNotice = (notice: { message?: string | undefined }) => {
    if (notice.message?.includes("maintenance_work_mem")) {
      report({
        event: "warning",
        table: table.name,
        message: `${notice.message}; a larger maintenance_work_mem makes the build faster`,
      });
    }
  };
  client.on("notice", onNotice);
  const finished = new AbortController();
  const watching = connections.embedded
    ? Promise.resolve()
    : connections
        .use("index progress", (watcher) => watchBuild(watcher, wanted, report, finished.signal))
        // Progress is a comfort: the build does not fail for it.
        .catch(() => undefined);
  try {
    await withCancellation(connections, client, signal, () => client.query(wanted.statement));
  } finally {
    client.off("notice", onNotice);
    finished.abort();
    await watching;
  }
}

/** Tells how far the build is, until `finished` is aborted. */
async function watchBuild(
  client: ClientBase,
  { table, name }: WantedIndex,
  report: Report,
  finished: AbortSignal,
): Promise<void> {
  while (!finished.aborted) {
    const { rows } = await client.query<{ phase: string; done: string; total: string }>(
      `SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END AS done,
              CASE WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END AS total
       FROM pg_stat_progress_create_index WHERE relid = $1::regclass`,
      [qualified(table)],
    );
    const row = rows[0];
    if (row) {
      report({
        event: "index",
        table: table.name,
        index: name,
        step: row.phase,
        done: Number(row.done),
        total: Number(row.total),
      });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: finished }).catch(() => undefined);
  }
}
