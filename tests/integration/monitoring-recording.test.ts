import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { RecordedSearch } from "../../app/services/monitoring/recording/recorded-figures.ts";
import { openApp, type TestApp } from "../support/app.ts";
import { type CliProcess, startCode } from "../support/cli.ts";
import { serveApi } from "../support/served-api.ts";

const SEARCH: RecordedSearch = {
  table: "documents",
  columnType: "vector",
  shadow: false,
  milliseconds: 5,
};

let app: TestApp;
let recording: typeof import("../../app/services/monitoring/recording/recorder.server.ts") &
  typeof import("../../app/services/monitoring/recording/flush.server.ts") &
  typeof import("../../app/services/monitoring/recording/store-batch.server.ts");

beforeAll(async () => {
  app = await openApp();
  recording = {
    ...(await import("../../app/services/monitoring/recording/recorder.server.ts")),
    ...(await import("../../app/services/monitoring/recording/flush.server.ts")),
    ...(await import("../../app/services/monitoring/recording/store-batch.server.ts")),
  };
});

afterAll(() => app.close());

beforeEach(() => app.query("TRUNCATE vector_metrics.search_latencies, vector_metrics.recorders"));

/** What is stored, by length of the slots. */
async function stored(): Promise<{ minutes: number; quarters: number }> {
  const [sums] = await app.query<{ minutes: number; quarters: number }>(
    `SELECT coalesce(sum(n) FILTER (WHERE slot_seconds = 60), 0)::int AS minutes,
       coalesce(sum(n) FILTER (WHERE slot_seconds = 900), 0)::int AS quarters
     FROM vector_metrics.search_latencies, unnest(searches) AS n`,
  );
  if (!sums) throw new Error("no row");
  return sums;
}

describe("app processes", () => {
  it("add up, and lose nothing when they are told to end", { timeout: 120_000 }, async () => {
    const key = await app.addApiKey(await app.addWorkspace());
    const servers = await Promise.all([serveApi(app.url), serveApi(app.url)]);
    onTestFinished(() => {
      for (const { process } of servers) process.kill("SIGKILL");
    });
    const search = async (address: string) => {
      const answer = await fetch(`${address}/api/search?q=anything&types=pages,documents`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(answer.status).toBe(200);
      await answer.text();
    };
    for (const { address } of servers) await search(address);
    await search(servers[0]?.address ?? "");
    for (const { process } of servers) process.kill("SIGTERM");
    for (const { process } of servers) {
      expect(await process.exit).toEqual({ code: 0, signal: null });
      expect(process.stderr()).toBe("");
    }
    // Three searches of two tables each.
    expect(await stored()).toEqual({ minutes: 6, quarters: 6 });
    const recorders = await app.query("SELECT id FROM vector_metrics.recorders");
    expect(recorders).toHaveLength(2);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("end by %s as without recording", async (signal) => {
    const process = recordingProcess("setInterval(() => {}, 1_000)");
    await process.printed(/recorded/);
    process.kill(signal);
    expect(await process.exit).toEqual({ code: null, signal });
    expect(await stored()).toEqual({ minutes: 2, quarters: 2 });
  });

  it("lose nothing when they have nothing left to do, and are not kept from it", async () => {
    expect(await recordingProcess("").exit).toEqual({ code: 0, signal: null });
    expect(await stored()).toEqual({ minutes: 2, quarters: 2 });
  });

  /** Records two searches, and goes on with `code`. */
  function recordingProcess(code: string): CliProcess {
    const directory = "./app/services/monitoring";
    const text = `
      const { startRecording } = await import("${directory}/recording/start-recording.server.ts");
      const { recordSearch } = await import("${directory}/latency/record-search.server.ts");
      startRecording();
      for (const search of [1, 2]) recordSearch(${JSON.stringify(SEARCH)});
      console.log("recorded");
      ${code}`;
    return startCode(text, { databaseUrl: app.url });
  }
});

describe("processes that store at the same time", () => {
  it("do not deadlock, whatever order they searched in", { tags: ["server"] }, async () => {
    const warn = listenToWarnings();
    const tables = Array.from({ length: 40 }, (_, number) => `table ${number}`);
    await Promise.all(
      [tables, tables.toReversed()].map(async (inOrder) => {
        const { recorder, flush } = recordingTo(app.pool);
        for (let turn = 0; turn < 25; turn += 1) {
          for (const table of inOrder) recorder.recordSearch({ ...SEARCH, table });
          await flush.now();
        }
      }),
    );
    expect(warn.mock.calls).toEqual([]);
    expect(await stored()).toEqual({ minutes: 2_000, quarters: 2_000 });
  });
});

describe("what cannot be stored", () => {
  it("waits, is told of once, and is stored once", async () => {
    const warn = listenToWarnings();
    await app.query("ALTER SCHEMA vector_metrics RENAME TO away");
    const { recorder, flush } = recordingTo(app.pool);
    for (let turn = 0; turn < 3; turn += 1) {
      recorder.recordSearch(SEARCH);
      await flush.now();
    }
    await app.query("ALTER SCHEMA away RENAME TO vector_metrics");
    expect(warn.mock.calls).toEqual([[expect.stringContaining("there is no schema vector_metrics")]]);
    await flush.now();
    expect(await stored()).toEqual({ minutes: 3, quarters: 3 });
    await flush.now();
    expect(await stored()).toEqual({ minutes: 3, quarters: 3 });
  });

  it("is tried again a minute later where the schema is missing", async () => {
    listenToWarnings();
    await app.query("ALTER SCHEMA vector_metrics RENAME TO away");
    const { recorder, flush } = recordingTo(app.pool);
    recorder.recordSearch(SEARCH);
    await flush.whenDue();
    await app.query("ALTER SCHEMA away RENAME TO vector_metrics");
    await flush.whenDue();
    expect(await stored()).toEqual({ minutes: 0, quarters: 0 });
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    await flush.whenDue();
    expect(await stored()).toEqual({ minutes: 1, quarters: 1 });
  });

  it("is stored once where the answer of a commit was lost", async () => {
    const { recorder, flush } = recordingTo(app.pool);
    recorder.recordSearch(SEARCH);
    const batch = recorder.nextBatch();
    expect(batch).not.toBeNull();
    // Stored, and nobody confirmed it.
    await recording.storeBatch(app.pool, batch as NonNullable<typeof batch>);
    recorder.recordSearch(SEARCH);
    await flush.now();
    expect(await stored()).toEqual({ minutes: 2, quarters: 2 });
  });

  it("waits while the table is locked, and says so", { tags: ["server"] }, async () => {
    const warn = listenToWarnings();
    const { recorder, flush } = recordingTo(app.pool);
    recorder.recordSearch(SEARCH);
    const session = await app.pool.connect();
    try {
      await session.query("BEGIN");
      await session.query("LOCK TABLE vector_metrics.search_latencies IN ACCESS EXCLUSIVE MODE");
      await flush.now();
    } finally {
      await session.query("ROLLBACK");
      session.release();
    }
    expect(warn.mock.calls).toEqual([[expect.stringContaining("statement timeout")]]);
    expect(await stored()).toEqual({ minutes: 0, quarters: 0 });
    await flush.now();
    expect(await stored()).toEqual({ minutes: 1, quarters: 1 });
  });

  it("waits while its role has no rights, and its connection is lost", { tags: ["server"] }, async () => {
    const warn = listenToWarnings();
    // Any role that owns nothing here.
    const pool = new pg.Pool({ connectionString: app.url, options: "-c role=pg_monitor", max: 1 });
    pool.on("error", () => {});
    const { recorder, flush } = recordingTo(pool);
    recorder.recordSearch(SEARCH);
    await flush.now();
    expect(warn.mock.calls).toEqual([[expect.stringContaining("permission denied")]]);

    await app.query(`GRANT USAGE ON SCHEMA vector_metrics TO pg_monitor;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vector_metrics TO pg_monitor`);
    const session = await pool.connect();
    const { rows } = await session.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    session.release();
    await app.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
    await flush.now();
    await flush.now();
    expect(await stored()).toEqual({ minutes: 1, quarters: 1 });
    await pool.end();
  });
});

describe("old figures", () => {
  it("are deleted by a flush, each when its time is over", async () => {
    await app.query(
      `INSERT INTO vector_metrics.search_latencies
       SELECT seconds, now() - age::interval, age, 'vector', false, '{1}', '{1}', 1
       FROM (VALUES (60, '119 minutes'), (60, '121 minutes'), (900, '29 days'), (900, '31 days')) AS old (seconds, age)`,
    );
    await app.query(
      `INSERT INTO vector_metrics.shadow_reads
       SELECT now() - age::interval, age, 'vector', 1, 1, 0, 0, 0, now() FROM unnest('{29 days,31 days}'::text[]) AS age`,
    );
    const { recorder, flush } = recordingTo(app.pool);
    recorder.recordSearch(SEARCH);
    await flush.now();
    const left = await app.query<{ name: string }>(
      `SELECT table_name AS name FROM vector_metrics.search_latencies WHERE table_name <> 'documents'
       UNION ALL SELECT table_name FROM vector_metrics.shadow_reads ORDER BY name`,
    );
    expect(left.map(({ name }) => name)).toEqual(["119 minutes", "29 days", "29 days"]);
  });
});

function recordingTo(pool: pg.Pool) {
  const recorder = new recording.Recorder();
  return { recorder, flush: new recording.Flush(recorder, pool) };
}

function listenToWarnings() {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  return warn;
}
