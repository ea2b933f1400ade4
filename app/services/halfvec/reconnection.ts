import { setTimeout as sleep } from "node:timers/promises";
import type { Connections } from "./connections.ts";
import { throwIfAborted } from "./errors.ts";
import type { MigrationEvent, Report } from "./events.ts";
import { isConnectionLost, messageOf } from "./server-faults.ts";

/** How long a server may be away before a run gives up, in seconds: a restart or a failover takes less. */
export const RECONNECT_SECONDS = 300;

const TRY_EVERY_MS = 1000;
/** So often may the connection be lost with nothing done in between: then it is our work that ends the server. */
const MOST_LOSSES = 3;

export interface ReconnectionOptions {
  /** How long the server may be away at a stretch, in seconds. 0: a lost connection is an error at once. */
  seconds: number;
}

/**
 * Runs `work`, and runs it again where the connection to the server was lost, as soon as the server answers. `work`
 * must find out by itself where it is. What it reports through its argument counts as progress: without any between
 * two losses it is given up after the third, because then it may be the work itself that ends the server.
 *
 * @throws Error that says why, when the server stays away or the connection is lost again and again; any other error
 *   of `work` as it is. InterruptedError at once when `signal` is aborted.
 */
export async function withReconnection<Result>(
  connections: Connections,
  { seconds }: ReconnectionOptions,
  report: Report,
  signal: AbortSignal,
  work: (report: Report) => Promise<Result>,
): Promise<Result> {
  const progress = new NoticedProgress(report);
  for (let losses = 1; ; losses++) {
    try {
      return await work(progress.report);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      throwIfAborted(signal);
      if (seconds === 0)
        throw new Error(`the connection to the server was lost: ${messageOf(error)}`, { cause: error });
      if (progress.taken()) losses = 1;
      if (losses === MOST_LOSSES) throw lostAgainAndAgain(error);
      await untilServerAnswers(connections, seconds, error, report, signal);
    }
  }
}

/** Passes events on and notices those that say that something was done that lasts. */
class NoticedProgress {
  readonly report: Report;
  #noticed = false;
  readonly #rows = new Map<string, number>();

  constructor(report: Report) {
    this.report = (event) => {
      if (this.#lasts(event)) this.#noticed = true;
      report(event);
    };
  }

  /** Whether there was progress since the last call. */
  taken(): boolean {
    const noticed = this.#noticed;
    this.#noticed = false;
    return noticed;
  }

  #lasts(event: MigrationEvent): boolean {
    switch (event.event) {
      case "convert": {
        const most = this.#rows.get(event.table) ?? event.rowsConverted;
        this.#rows.set(event.table, Math.max(most, event.rowsConverted));
        return event.rowsConverted > most;
      }
      case "phase":
        return event.state === "done";
      case "migration":
        return event.state === "applied" || event.state === "reverted";
      case "verified":
        return true;
      default:
        return false;
    }
  }
}

async function untilServerAnswers(
  connections: Connections,
  seconds: number,
  loss: unknown,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  report({
    event: "waiting",
    table: "all",
    reason: `the connection to the server is lost (${messageOf(loss)}); trying again for up to ${seconds} s`,
  });
  const began = performance.now();
  const secondsAway = () => (performance.now() - began) / 1000;
  const over = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  for (let last = loss; ; ) {
    try {
      await unlessAborted(probe(connections), over);
      break;
    } catch (error) {
      throwIfAborted(signal);
      if (!over.aborted) {
        if (!isConnectionLost(error)) throw error;
        last = error;
        await sleep(TRY_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
        throwIfAborted(signal);
      }
      if (over.aborted) throw stayedAway(last, seconds);
    }
  }
  report({
    event: "warning",
    message: `the connection to the server was lost (${messageOf(loss)}) for ${secondsAway().toFixed(1)} s; the work goes on where it was`,
  });
}

/** @throws as long as there is no server that takes writes. */
async function probe(connections: Connections): Promise<void> {
  const standby = await connections.use("reconnect", async (client) => {
    const { rows } = await client.query<{ standby: boolean }>("SELECT pg_is_in_recovery() AS standby");
    return rows[0]?.standby ?? false;
  });
  if (standby) throw new StillStandby();
}

/** The address answers, but there is only a standby yet, as in the middle of a failover. */
class StillStandby extends Error {
  override name = "StillStandby";
  /** As of a server that starts up: cannot_connect_now. */
  readonly code = "57P03";
  constructor() {
    super("the server that answers is a standby");
  }
}

/** Waits for `promise`, but no longer than until `signal` is aborted. What it brings later is of no interest. */
async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const waiting = new AbortController();
  promise.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true, signal: waiting.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    waiting.abort();
  }
}

function stayedAway(last: unknown, seconds: number): Error {
  return new Error(
    `the connection to the server was lost, and for ${seconds} s there was no way back: ${messageOf(last)}. To wait longer: --reconnect-seconds N`,
    { cause: last },
  );
}

function lostAgainAndAgain(last: unknown): Error {
  return new Error(
    `the connection to the server was lost ${MOST_LOSSES} times with nothing done in between, the last time with: ${messageOf(last)}. Something ends it each time: look into the server's log (a crash, too little memory, an administrator, a proxy's time-out)`,
    { cause: last },
  );
}
