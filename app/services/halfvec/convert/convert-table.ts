import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { readCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { qualified } from "../identifiers.ts";
import { plural } from "../plural.ts";
import { readSetAside } from "../unconverted.ts";
import { beginConversion } from "./claims.ts";
import { ConversionControl } from "./control.ts";
import type { Filling } from "./filling.ts";
import type { ConversionOptions } from "./options.ts";
import { RowRate } from "./pace.ts";
import { ReplicaThrottle } from "./replica-throttle.ts";
import { HorizonThrottle } from "./throttle.ts";
import { watchConversion } from "./watch.ts";
import { ConversionWorker, type Shop } from "./worker.ts";

/** Rows that are named in an event; all of them are in `halfvec_migration.set_aside`. */
const EXAMPLES = 10;

/** How long to wait before another pass, where one has found nothing but rows that others hold. */
const FIRST_PATIENCE_MS = 1000;
const MOST_PATIENCE_MS = 5_000;

/**
 * Fills the target of every row, wave by wave, while the app reads and writes. Returns when none is left but rows
 * that halfvec cannot hold, which are set aside and told. Several processes may do it at once: they share the
 * work. Killed at any moment, the next call goes on.
 *
 * @returns whether there was anything to convert.
 * @throws RefusedError where the trigger that computes the values is not in force.
 * @throws InterruptedError after the transaction at hand, when `signal` is aborted.
 */
export async function convertTable(
  connections: Connections,
  filling: Filling,
  options: ConversionOptions,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const { table } = filling;
  const rate = new RowRate(options.rowsPerSecond);
  const throttle = new HorizonThrottle(options.horizonPatienceSeconds, (reason) =>
    report({ event: "waiting", table: table.name, reason }),
  );
  const replicas = new ReplicaThrottle(options.maxReplicaLagSeconds, table.name, report);
  const workers = connections.embedded ? 1 : options.workers;
  return connections.use("convert", async (client) => {
    await requireTrigger(client, filling);
    let before = Number.POSITIVE_INFINITY;
    let patienceMs = FIRST_PATIENCE_MS;
    for (;;) {
      throwIfAborted(signal);
      const left = await beginConversion(client, filling);
      if (left === 0) break;
      if (left === before) {
        report({
          event: "waiting",
          table: table.name,
          reason: `${left} ${plural(left, "row is locked by other sessions", "rows are locked by other sessions")}`,
        });
        await sleep(patienceMs, undefined, { signal }).catch(() => undefined);
        patienceMs = Math.min(MOST_PATIENCE_MS, patienceMs * 2);
      } else {
        patienceMs = FIRST_PATIENCE_MS;
      }
      before = left;
      await passOver(
        connections,
        filling,
        { ...options, workers },
        { rate, throttle },
        replicas,
        report,
        signal,
      );
    }
    const setAside = filling.narrows
      ? await readSetAside(client, table, await readCatalog(client, table))
      : [];
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

/** The waves leave it to the trigger to compute a value: without it every one of them would stay NULL. */
async function requireTrigger(client: ClientBase, { table, target, trigger }: Filling): Promise<void> {
  const { triggers } = await readCatalog(client, table);
  if (triggers.includes(trigger)) return;
  throw new RefusedError(
    `the trigger ${trigger} of ${table.name} is missing or disabled, so nothing keeps ${target} equal. Enable it: ALTER TABLE ${qualified(table)} ENABLE ALWAYS TRIGGER ${trigger}`,
  );
}

/** One pass over the table with all workers; ends when every range is done. */
async function passOver(
  connections: Connections,
  filling: Filling,
  options: ConversionOptions,
  shared: Pick<Shop, "rate" | "throttle">,
  replicas: ReplicaThrottle,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  // One worker that fails stops the others, and all end before the error goes up.
  const failure = new AbortController();
  const control = new ConversionControl(AbortSignal.any([signal, failure.signal]));
  const done = new AbortController();
  const watching = connections
    .use("watch", (client) =>
      watchConversion(client, filling, control, { replicas, horizon: shared.throttle }, report, done.signal),
    )
    .catch((error: unknown) => failure.abort(error));
  const shop: Shop = { options, control, ...shared };
  const outcomes = await Promise.allSettled(
    Array.from({ length: options.workers }, (_, index) =>
      connections
        .use(`worker ${index + 1}`, (client) => new ConversionWorker(client, filling, shop).run())
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
