import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS as table } from "../../app/embedding-tables.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { planOf } from "../support/explained-database.ts";
import { migrate } from "../support/migrate.ts";
import { AppReader, OldReader } from "../support/search-reader.ts";
import { pageQuestions } from "../support/shared-rows.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const ROWS = 3000;
const LIMIT = 10;
/** Longer than the app keeps what it knows of the columns. */
const COLUMNS_SEEN_MS = 3500;
const TWIN = `${table.twin} halfvec`;

describe("searches", { tags: ["server"] }, () => {
  test("go on through the whole migration: no error, no empty answer, always by an index", {
    timeout: 240_000,
  }, async ({ database }) => {
    await fillTable(database, table, ROWS);
    const questions = await pageQuestions(database);
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on("error", () => {});
    const app = [new AppReader(pool, table, LIMIT), new AppReader(pool, table, LIMIT)];
    const old = new OldReader(pool, table, LIMIT);
    const readers = [...app, old];
    const stop = new AbortController();
    const reading = Promise.all(readers.map((reader) => reader.run(questions, stop.signal)));

    await sleep(300);
    const verified = await migrate(database, "run", "--until", "verify");
    // Only a reader that has gone over to the twin loses its column at the swap.
    const columnsNow = () => app.map(({ answers }) => answers.at(-1)?.column);
    await expect.poll(columnsNow, { timeout: 20_000 }).toEqual([TWIN, TWIN]);
    const swapped = await migrate(database, "run", "--yes");
    await sleep(COLUMNS_SEEN_MS);
    stop.abort();
    await reading;
    await pool.end();

    expect(verified).toMatchObject({ code: 0 });
    expect(swapped).toMatchObject({ code: 0, summary: { outcome: "done" } });
    for (const { answers, errors } of readers) {
      expect(errors).toEqual([]);
      expect(answers.length).toBeGreaterThan(100);
      expect(answers.filter(({ hits }) => hits !== LIMIT)).toEqual([]);
      // The search is approximate: a row may miss itself, but not often.
      expect(answers.filter(({ right }) => right).length / answers.length).toBeGreaterThan(0.95);
    }
    for (const { answers, plans } of app) {
      expect(answers[0]?.column).toBe("embedding vector");
      expect(answers.at(-1)?.column).toBe("embedding halfvec");
      expect(plans.length).toBeGreaterThanOrEqual(answers.length);
      expect(plans.filter(({ scanned, indexes }) => scanned.length > 0 || indexes.length !== 1)).toEqual([]);
      expect(new Set(plans.flatMap(({ indexes }) => indexes))).toEqual(
        new Set([table.vectorIndex, table.halfvecIndex]),
      );
    }
    await database.query("SET enable_seqscan = off");
    const oldPlan = await planOf(database.client, old.statement, [JSON.stringify(questions[0]?.vector)]);
    expect(oldPlan).toEqual({ indexes: [table.halfvecIndex], scanned: [] });
  });
});
