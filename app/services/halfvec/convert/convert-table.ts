import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { KEEP_TWIN, readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { readSetAside } from "../unconverted.ts";
import { beginConversion } from "./claims.ts";
import { ConversionControl } from "./control.ts";
import type { ConversionOptions } from "./options.ts";
import { RowRate } from "./pace.ts";
import { HorizonThrottle } from "./throttle.ts";
import { watchConversion } from "./watch.ts";
import { ConversionWorker, type Shop } from "./worker.ts";

/** Rows that are named in an event; all of them are in `halfvec_migration.set_aside`. */
const EXAMPLES = 10;

/** How long to wait before another pass, where one has found nothing but rows that others hold. */
const FIRST_PATIENCE_MS = 1000;
const MOST_PATIENCE_MS = 5_000;

/**
 * Fills the twin of every row of `table`, wave by wave, while the app reads and writes. Returns when none is left
 * but rows that halfvec cannot hold, which are set aside and told. Several processes may do it at once: they share
 * the work. Killed at any moment, the next call goes on.
 *
 * @returns whether there was anything to convert.
 * @throws RefusedError where the trigger that computes the twins is not in force.
 * @throws InterruptedError after the transaction at hand, when `signal` is aborted.
 */
export async function convertTable(
  connections: Connections,
  table: EmbeddingTable,
  options: ConversionOptions,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const rate = new RowRate(options.rowsPerSecond);
  const throttle = new HorizonThrottle(options.horizonPatienceSeconds, (reason) =>
    report({ event: "waiting", table: table.name, reason }),
  );
  const workers = connections.embedded ? 1 : options.workers;
  return connections.use("convert", async (client) => {
    await requireTrigger(client, table);
    let before = Number.POSITIVE_INFINITY;
    let patienceMs = FIRST_PATIENCE_MS;
    for (;;) {
      throwIfAborted(signal);
      const left = await beginConversion(client, table);
      if (left === 0) break;
      if (left === before) {
        report({ event: "waiting", table: table.name, reason: `${left} rows are locked by other sessions` });
        await sleep(patienceMs, undefined, { signal }).catch(() => undefined);
        patienceMs = Math.min(MOST_PATIENCE_MS, patienceMs * 2);
      } else {
        patienceMs = FIRST_PATIENCE_MS;
      }
      before = left;
      await passOver(connections, table, { ...options, workers }, { rate, throttle }, report, signal);
    }
    const setAside = await readSetAside(client, table, await readCatalog(client, table));
    if (setAside.length > 0) {
      report({
        event: "set-aside",
        table: table.name,
        rows: setAside.length,
        examples: setAside.slice(0, EXAMPLES),
      });
    }
    return before < Number.POSITIVE_INFINITY;
  });
}

/** The waves leave it to the trigger to compute a twin: without it every one of them would stay NULL. */
async function requireTrigger(client: ClientBase, table: EmbeddingTable): Promise<void> {
  const { triggers } = await readCatalog(client, table);
  if (triggers.includes(KEEP_TWIN)) return;
  throw new RefusedError(
    `the trigger ${KEEP_TWIN} of ${table.name} is missing or disabled, so nothing keeps the twins equal. Enable it: ALTER TABLE ${table.name} ENABLE ALWAYS TRIGGER ${KEEP_TWIN}`,
  );
}

/** One pass over the table with all workers; ends when every range is done. */
async function passOver(
  connections: Connections,
  table: EmbeddingTable,
  options: ConversionOptions,
  shared: Pick<Shop, "rate" | "throttle">,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  // One worker that fails stops the others, and all end before the error goes up.
  const failure = new AbortController();
  const control = new ConversionControl(AbortSignal.any([signal, failure.signal]));
  const done = new AbortController();
  const watching = connections
    .use("watch", (client) => watchConversion(client, table, control, report, done.signal))
    .catch((error: unknown) => failure.abort(error));
  const shop: Shop = { options, control, ...shared };
  const outcomes = await Promise.allSettled(
    Array.from({ length: options.workers }, (_, index) =>
      connections
        .use(`worker ${index + 1}`, (client) => new ConversionWorker(client, table, shop).run())
        .catch((error: unknown) => {
          failure.abort(error);
          throw error;
        }),
    ),
  );
  done.abort();
  await watching;
  throwIfAborted(signal);
  if (failure.signal.aborted) throw failure.signal.reason;
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}
