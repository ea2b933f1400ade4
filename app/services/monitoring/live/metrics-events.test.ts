import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { metricsAt } from "../../../../tests/support/vector-metrics-fixture.ts";
import type { VectorMetrics } from "../vector-metrics.ts";
import { type EventsOptions, metricsEvents } from "./metrics-events.server.ts";
import { versionOf } from "./metrics-version.server.ts";
import { MetricsWatch } from "./metrics-watch.server.ts";
import { isMoving } from "./moving.ts";

const FAST = { moving: 5, still: 20 };
const open: AbortController[] = [];

afterEach(() => {
  for (const reader of open.splice(0)) reader.abort();
});

interface Event {
  event?: string;
  id?: string;
  data?: { takenAt?: string };
  retry?: string;
}

/** A stream whose reader can leave, and its events as they come. */
function opened(options: Partial<EventsOptions> & Pick<EventsOptions, "watch">) {
  const reader = new AbortController();
  open.push(reader);
  const response = metricsEvents({
    signal: reader.signal,
    seen: null,
    mayStay: async () => true,
    ...options,
  });
  return { response, events: eventsOf(response), leave: () => reader.abort() };
}

async function* eventsOf({ body }: Response): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.split("\n\n");
    rest = whole.pop() ?? "";
    for (const text of whole) {
      const fields = text.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2));
      const { data, ...others } = Object.fromEntries(fields) as Record<string, string>;
      yield { ...others, ...(data === undefined ? {} : { data: JSON.parse(data) }) };
    }
  }
}

async function next(events: AsyncGenerator<Event>, count: number): Promise<Event[]> {
  const taken: Event[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** Figures that differ in nothing but the time of reading, until they are `changed`. */
function changing() {
  let reads = 0;
  let stage: "converting" | "swapped" = "converting";
  const read = async (): Promise<VectorMetrics> => {
    reads += 1;
    return {
      ...metricsAt(stage),
      takenAt: new Date(reads * 1000).toISOString(),
      databaseMilliseconds: reads,
    };
  };
  const change = () => {
    stage = "swapped";
  };
  return { read, change, reads: () => reads };
}

describe("versionOf", () => {
  it("stays while a reader would see no difference", () => {
    const metrics = metricsAt("swapped");
    const later = { ...metrics, takenAt: "2027-01-01T00:00:00.000Z", databaseMilliseconds: 99 };
    expect(versionOf(later)).toBe(versionOf(metrics));
    expect(versionOf(metricsAt("contracted"))).not.toBe(versionOf(metrics));
  });
});

describe("isMoving", () => {
  it("is a migration that is not paused, or a verify", () => {
    expect(isMoving(metricsAt("baseline"))).toBe(false);
    expect(isMoving(metricsAt("converting"))).toBe(true);
    expect(isMoving(metricsAt("swapped"))).toBe(false);
    const { migration } = metricsAt("converting");
    if (migration.state !== "read") throw new Error("The fixture has no migration.");
    const settings = { paused: true, pausedBy: "ada@example.com", swappedAt: null };
    const paused = { ...migration.value, settings };
    expect(isMoving({ ...metricsAt("converting"), migration: { state: "read", value: paused } })).toBe(false);
    const verifying = { by: "", startedAt: "", table: null, step: null, done: 0, total: 0 };
    const both = { ...paused, verifying };
    expect(isMoving({ ...metricsAt("converting"), migration: { state: "read", value: both } })).toBe(true);
  });
});

describe("a stream of events", () => {
  it("is one that nobody keeps or changes, and says when to come again", async () => {
    const { response, events } = opened({ watch: new MetricsWatch(changing().read, FAST) });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
    });
    expect(await next(events, 1)).toEqual([{ retry: "2000" }]);
  });

  it("tells the figures once, then that they are the same, then the new ones", async () => {
    const figures = changing();
    const { events } = opened({ watch: new MetricsWatch(figures.read, FAST) });
    const [, first, second] = await next(events, 3);
    expect(first).toMatchObject({ event: "metrics", id: versionOf(metricsAt("converting")) });
    expect(first?.data).toMatchObject({ takenAt: "1970-01-01T00:00:01.000Z", migration: { state: "read" } });
    expect(second).toEqual({ event: "unchanged", data: { takenAt: "1970-01-01T00:00:02.000Z" } });
    figures.change();
    const after = await next(events, 4);
    expect(after.filter(({ event }) => event === "metrics").map(({ id }) => id)).toEqual([
      versionOf(metricsAt("swapped")),
    ]);
  });

  it("goes on where a reader was: what they have is not sent again", async () => {
    const { events } = opened({
      watch: new MetricsWatch(changing().read, FAST),
      seen: versionOf(metricsAt("converting")),
    });
    expect((await next(events, 2)).map(({ event }) => event)).toEqual([undefined, "unchanged"]);
  });

  it("reads once for all who watch, and no more when nobody does", async () => {
    const figures = changing();
    const watch = new MetricsWatch(figures.read, { moving: 10_000, still: 10_000 });
    const streams = Array.from({ length: 20 }, () => opened({ watch }));
    const told = await Promise.all(streams.map(({ events }) => next(events, 2)));
    expect(new Set(told.map(([, metrics]) => metrics?.data?.takenAt)).size).toBe(1);
    expect(figures.reads()).toBe(1);
  });

  it("ends when the reader is gone, and reads no more", async () => {
    const figures = changing();
    const { events, leave } = opened({ watch: new MetricsWatch(figures.read, FAST) });
    await next(events, 2);
    leave();
    // What was under way may still come.
    expect((await next(events, 5)).length).toBeLessThan(5);
    const reads = figures.reads();
    await sleep(50);
    expect(figures.reads()).toBe(reads);
  });

  it("says that the session is over, and ends; a database that is away for a moment ends nothing", async () => {
    let asked = 0;
    const { events } = opened({
      watch: new MetricsWatch(changing().read, FAST),
      stayCheckMs: 5,
      mayStay: async () => {
        asked += 1;
        if (asked === 1) throw new Error("the database is away");
        return asked < 4;
      },
    });
    const all = await next(events, 1_000);
    expect(all.at(-1)).toEqual({ event: "over", data: {} });
    expect(asked).toBe(4);
  });

  it("sends a reader who does not keep up the newest figures, not all that were missed", async () => {
    const figures = changing();
    const { events } = opened({ watch: new MetricsWatch(figures.read, { moving: 1, still: 1 }) });
    while (figures.reads() < 50) await sleep(5);
    const held = await next(events, 6);
    expect(held.filter(({ event }) => event === "unchanged").length).toBeLessThan(6);
    const [last] = await next(events, 1);
    expect(Date.parse(`${last?.data?.takenAt}`) / 1000).toBeGreaterThanOrEqual(50);
  });

  it("ends when the process is told to end, and leaves no listener behind", async () => {
    const before = process.listeners("SIGTERM");
    // The server's own, without which the signal would end this process.
    const server = () => {};
    process.on("SIGTERM", server);
    const { events } = opened({ watch: new MetricsWatch(changing().read, FAST) });
    await next(events, 2);
    expect(process.listenerCount("SIGTERM")).toBe(before.length + 2);
    process.kill(process.pid, "SIGTERM");
    expect((await next(events, 1_000_000)).length).toBeLessThan(1_000);
    expect(process.listeners("SIGTERM")).toEqual([...before, server]);
    process.removeListener("SIGTERM", server);
  });
});
