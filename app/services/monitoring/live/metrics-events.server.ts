import { closeWhenStopped } from "../../until-stopped.server.ts";
import type { MetricsWatch, Reading } from "./metrics-watch.server.ts";

/** After a lost connection the browser comes again after so long, in milliseconds. */
const RETRY_MS = 2_000;
/** How often a stream asks whether its reader may still see it. */
const STAY_CHECK_MS = 10_000;

export interface EventsOptions {
  readonly watch: MetricsWatch;
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal;
  /** The version that the reader has already, if any. */
  readonly seen: string | null;
  /** Whether the reader's session still holds. A rejection counts as yes: the database may be away for a moment. */
  readonly mayStay: () => Promise<boolean>;
  readonly stayCheckMs?: number;
}

/**
 * The figures as server-sent events, until the reader is gone, may no longer see them, or the process ends:
 *
 * - `metrics`, with its version as `id:`: all figures, as soon as they differ from what the reader has
 * - `unchanged`: `{takenAt}`, where they do not; it also keeps a proxy from closing the connection
 * - `over`: the session has ended
 */
export function metricsEvents(options: EventsOptions): Response {
  const end = new AbortController();
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => tell(controller, options, end.signal, () => end.abort()),
      cancel: () => end.abort(),
    },
    // A reader who does not keep up gets the next reading instead of all that were missed.
    { highWaterMark: 4 },
  );
  return new Response(body, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      // Neither kept nor compressed nor collected on its way: each event is for now.
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no",
      "X-Content-Type-Options": "nosniff",
      // Else the browser comes again on the same connection, and a server that is told to end never closes.
      Connection: "close",
    },
  });
}

function tell(
  controller: ReadableStreamDefaultController<Uint8Array>,
  { watch, signal, seen, mayStay, stayCheckMs = STAY_CHECK_MS }: EventsOptions,
  ended: AbortSignal,
  end: () => void,
): void {
  const encoder = new TextEncoder();
  const send = (text: string) => controller.enqueue(encoder.encode(text));
  let has = seen;
  const unwatch = watch.watch(({ metrics, version }: Reading) => {
    if (ended.aborted || (controller.desiredSize ?? 0) <= 0) return;
    send(
      version === has
        ? event("unchanged", { takenAt: metrics.takenAt })
        : `id: ${version}\n${event("metrics", metrics)}`,
    );
    has = version;
  });
  const check = setInterval(async () => {
    if (ended.aborted || (await mayStay().catch(() => true)) || ended.aborted) return;
    send(event("over", {}));
    end();
  }, stayCheckMs);
  check.unref();
  const stopWaiting = closeWhenStopped(end);
  ended.addEventListener("abort", () => {
    unwatch();
    clearInterval(check);
    stopWaiting();
    try {
      controller.close();
    } catch {
      // The reader closed it.
    }
  });
  send(`retry: ${RETRY_MS}\n\n`);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
