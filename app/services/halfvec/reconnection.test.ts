import { describe, expect, test } from "vitest";
import type { Connections } from "./connections.ts";
import { InterruptedError, RefusedError } from "./errors.ts";
import type { MigrationEvent, Report } from "./events.ts";
import { withReconnection } from "./reconnection.ts";

const REFUSED = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const TERMINATED = Object.assign(new Error("terminating connection"), { code: "57P01" });

/** A server at which each attempt to connect ends as `answers` says, the last for all later ones. */
function server(...answers: ("answers" | "standby" | Error)[]): Connections & { attempts: () => number } {
  let attempts = 0;
  return {
    embedded: false,
    attempts: () => attempts,
    use: async (_role, work) => {
      const answer = answers[Math.min(attempts++, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      const client = { query: async () => ({ rows: [{ standby: answer === "standby" }] }) };
      return work(client as never);
    },
  };
}

/** Work that fails with one error after the other, and then is done. */
function work(...errors: Error[]) {
  let calls = 0;
  return {
    calls: () => calls,
    run: async (report: Report = () => undefined, event?: (call: number) => MigrationEvent) => {
      const error = errors[calls++];
      if (event) report(event(calls));
      if (error) throw error;
      return "done";
    },
  };
}

function reconnecting(
  connections: Connections,
  run: (report: Report) => Promise<string>,
  { seconds = 60, signal = new AbortController().signal, events = [] as MigrationEvent[] } = {},
) {
  return withReconnection(connections, { seconds }, (event) => events.push(event), signal, run);
}

test("work that goes through is not done again, and no connection is made", async () => {
  const connections = server("answers");
  const { run, calls } = work();
  await expect(reconnecting(connections, () => run())).resolves.toBe("done");
  expect(calls()).toBe(1);
  expect(connections.attempts()).toBe(0);
});

test("waits until the server answers as one that takes writes, tells why, and does the work again", async () => {
  const connections = server(REFUSED, "standby", "answers");
  const events: MigrationEvent[] = [];
  const { run, calls } = work(TERMINATED);
  await expect(reconnecting(connections, () => run(), { events })).resolves.toBe("done");
  expect(calls()).toBe(2);
  expect(connections.attempts()).toBe(3);
  expect(events).toEqual([
    {
      event: "waiting",
      table: "all",
      reason: "the connection to the server is lost (terminating connection); trying again for up to 60 s",
    },
    { event: "warning", message: expect.stringContaining("the work goes on where it was") },
  ]);
});

test("an error of another kind is not waited for", async () => {
  const refusal = new RefusedError("not safe");
  const connections = server("answers");
  await expect(reconnecting(connections, () => work(refusal).run())).rejects.toBe(refusal);
  expect(connections.attempts()).toBe(0);
});

test("nor one that shows while it waits: a password that was changed", async () => {
  const wrong = Object.assign(new Error("password authentication failed"), { code: "28P01" });
  await expect(reconnecting(server(REFUSED, wrong), () => work(TERMINATED).run())).rejects.toBe(wrong);
});

describe("gives up", () => {
  test("when the server stays away for longer than allowed", async () => {
    await expect(reconnecting(server(REFUSED), () => work(TERMINATED).run(), { seconds: 1 })).rejects.toThrow(
      /for 1 s there was no way back: connect ECONNREFUSED\. To wait longer: --reconnect-seconds/,
    );
  });

  test("when an attempt to connect hangs for longer than allowed", async () => {
    const hanging: Connections = { embedded: false, use: () => new Promise(() => undefined) };
    await expect(reconnecting(hanging, () => work(TERMINATED).run(), { seconds: 1 })).rejects.toThrow(
      /no way back: terminating connection/,
    );
  });

  test("at once where nothing is to be waited for", async () => {
    const connections = server("answers");
    await expect(reconnecting(connections, () => work(TERMINATED).run(), { seconds: 0 })).rejects.toThrow(
      "the connection to the server was lost: terminating connection",
    );
    expect(connections.attempts()).toBe(0);
  });

  test("after three losses with nothing done in between", async () => {
    const { run, calls } = work(TERMINATED, TERMINATED, TERMINATED, TERMINATED);
    await expect(reconnecting(server("answers"), () => run())).rejects.toThrow(
      /lost 3 times with nothing done in between, .*terminating connection.*server's log/,
    );
    expect(calls()).toBe(3);
  });

  test("not after three losses with rows converted in between", async () => {
    const { run, calls } = work(...Array.from({ length: 6 }, () => TERMINATED));
    const converted = (call: number) => convertEvent(call * 100);
    await expect(reconnecting(server("answers"), (report) => run(report, converted))).resolves.toBe("done");
    expect(calls()).toBe(7);
  });

  test("after three losses where each time the same rows are converted, because a crash took them back", async () => {
    const { run, calls } = work(...Array.from({ length: 6 }, () => TERMINATED));
    await expect(
      reconnecting(server("answers"), (report) => run(report, () => convertEvent(100))),
    ).rejects.toThrow(/3 times/);
    expect(calls()).toBe(3);
  });
});

function convertEvent(rowsConverted: number): MigrationEvent {
  const figures = { rowsConverted, rowsTotal: 1000, rowsPerSecond: 0, hotShare: null, etaSeconds: null };
  return { event: "convert", table: "documents", ...figures };
}

test("an abort ends the wait, also while an attempt to connect hangs", async () => {
  const stop = new AbortController();
  const hanging: Connections = {
    embedded: false,
    use: () => {
      setImmediate(() => stop.abort());
      return new Promise(() => undefined);
    },
  };
  await expect(
    reconnecting(hanging, () => work(TERMINATED).run(), { signal: stop.signal }),
  ).rejects.toBeInstanceOf(InterruptedError);
});
