import pg from "pg";
import { describe, expect, onTestFinished } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdLock, untilToolWaits } from "../support/held-locks.ts";
import { JournalWriter, type WrittenTable } from "../support/journal-writer.ts";
import {
  differenceAsHalfvec,
  differenceOfBits,
  keepJournal,
  keepRows,
  NO_DIFFERENCE,
  PAGES,
  PAPERS,
} from "../support/kept-rows.ts";
import { startMigration } from "../support/running-migration.ts";
import { AppReader } from "../support/search-reader.ts";
import { pageQuestions, shareRows } from "../support/shared-rows.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const FILLED = [
  { table: PAGE_EMBEDDINGS, written: PAGES, rows: 2500 },
  { table: DOCUMENTS, written: PAPERS, rows: 300 },
];
const WRITERS = 4;
const LIMIT = 10;

/** The writers as one, which can be made to stand still. */
class Crew {
  readonly #writers: readonly JournalWriter[];
  #stop = new AbortController();
  #working: Promise<unknown> = Promise.resolve();

  constructor(writers: readonly JournalWriter[]) {
    this.#writers = writers;
  }

  get writes(): number {
    return this.#writers.reduce((sum, { writes }) => sum + writes, 0);
  }

  get errors(): string[] {
    return this.#writers.flatMap(({ errors }) => errors);
  }

  start(...only: NonNullable<Parameters<JournalWriter["run"]>[1]>): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#working = Promise.all(
      this.#writers.map((writer) => (only.length > 0 ? writer.run(signal, only) : writer.run(signal))),
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  /** Resolves once so many writes more are done. */
  async more(count: number): Promise<void> {
    const enough = this.writes + count;
    await expect.poll(() => this.writes, { timeout: 60_000 }).toBeGreaterThanOrEqual(enough);
  }

  /** Lets the copy say what was written. */
  async keepJournals(database: TestDatabase): Promise<void> {
    for (const writer of this.#writers) {
      for (const [table, journal] of writer.journals) await keepJournal(database, table, journal);
    }
  }
}

async function createCrew(database: TestDatabase) {
  const writers: JournalWriter[] = [];
  for (let number = 1; number <= WRITERS; number++) {
    writers.push(new JournalWriter(await database.connect(), new SeededRandom(number), number % 2 === 0, 40));
  }
  const untouched = await shareRows(
    database,
    writers,
    FILLED.map(({ written }) => written),
  );
  return { crew: new Crew(writers), untouched };
}

/** What `proved` must say of a swapped table: a backup that is not what the writer wrote is the rounded value of it. */
async function expectedOriginals(database: TestDatabase, { name }: WrittenTable) {
  const [found] = await database.query<{ rows: number; rounded: number }>(
    `SELECT count(t.embedding)::int AS rows,
            count(*) FILTER (WHERE vector_send(t.embedding_vector_backup) <> vector_send(k.embedding))::int AS rounded
     FROM ${name} t JOIN kept.${name} k USING (id)`,
  );
  expect(found?.rounded).toBeGreaterThan(0);
  return { event: "proved", table: name, unequal: 0, ...found };
}

/** Rows whose embedding is neither what was written, bit for bit, nor that rounded to halfvec once. */
async function countForeign(database: TestDatabase, { name }: WrittenTable): Promise<number> {
  const [found] = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${name} t JOIN kept.${name} k USING (id)
     WHERE vector_send(t.embedding) IS DISTINCT FROM vector_send(k.embedding)
       AND vector_send(t.embedding) IS DISTINCT FROM vector_send(k.embedding::halfvec(1536)::vector(1536))`,
  );
  return found?.count ?? -1;
}

describe("forward and back", { tags: ["server"] }, () => {
  test("under writers and searches: no error, an index all the time, no value lost", {
    timeout: 300_000,
  }, async ({ database }) => {
    for (const { table, rows } of FILLED) await fillTable(database, table, rows);
    const { crew, untouched } = await createCrew(database);
    await keepRows(database, [PAGES, PAPERS]);
    const questions = await pageQuestions(database, untouched.get(PAGES));
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on("error", () => {});
    const reader = new AppReader(pool, PAGE_EMBEDDINGS, LIMIT, 20);
    const over = new AbortController();
    const reading = reader.run(questions, over.signal);
    crew.start();
    onTestFinished(async () => {
      over.abort();
      await Promise.all([reading, crew.stop()]);
      await pool.end();
    });

    await crew.more(100);
    const run = startMigration(database, ["run", "--yes"]);
    expect(await run.exit, run.stderr()).toEqual({ code: 0, signal: null });
    const swapped = crew.writes;
    await expect.poll(() => reader.answers.at(-1)?.column, { timeout: 20_000 }).toBe("embedding halfvec");
    await crew.more(200);

    const rollback = startMigration(database, ["rollback", "--yes"]);
    await rollback.printed(/"phase":"prepare","state":"done"/);
    const lastBuild = await holdLock(database, "documents", "ROW EXCLUSIVE");
    await rollback.printed(/"phase":"rebuild","table":"documents","state":"started"/);
    await untilToolWaits(database);
    // What is counted next can be known only while no embedding is written: until then texts alone are.
    await crew.stop();
    await crew.keepJournals(database);
    const expected: unknown[] = [];
    for (const { written } of FILLED) expected.push(await expectedOriginals(database, written));
    crew.start("retitle");
    await lastBuild.release();
    await rollback.printed(/"phase":"swap-back","state":"done"/);
    await crew.stop();
    crew.start();
    expect(await rollback.exit, rollback.stderr()).toEqual({ code: 0, signal: null });
    await expect.poll(() => reader.answers.at(-1)?.column, { timeout: 20_000 }).toBe("embedding vector");
    await crew.more(100);
    await crew.stop();
    over.abort();
    await reading;

    expect(crew.errors).toEqual([]);
    expect(crew.writes - swapped).toBeGreaterThan(300);
    const proved = rollback.events().filter(({ event }) => event === "proved");
    expect(proved).toHaveLength(EMBEDDING_TABLES.length);
    expect(proved).toEqual(expect.arrayContaining(expected));
    await crew.keepJournals(database);
    for (const { written } of FILLED) {
      expect(await differenceAsHalfvec(database, written)).toEqual(NO_DIFFERENCE);
      expect(await countForeign(database, written)).toBe(0);
      const originals = await differenceOfBits(database, written, "embedding", untouched.get(written));
      expect(originals).toEqual(NO_DIFFERENCE);
    }

    const { answers, errors, plans } = reader;
    expect(errors).toEqual([]);
    expect(answers.length).toBeGreaterThan(100);
    expect(answers.filter(({ hits }) => hits !== LIMIT)).toEqual([]);
    expect(answers.filter(({ right }) => right).length / answers.length).toBeGreaterThan(0.95);
    expect(plans.length).toBeGreaterThanOrEqual(answers.length);
    expect(plans.filter(({ scanned, indexes }) => scanned.length > 0 || indexes.length !== 1)).toEqual([]);
    expect(new Set(plans.flatMap(({ indexes }) => indexes))).toEqual(
      new Set([PAGE_EMBEDDINGS.vectorIndex, PAGE_EMBEDDINGS.halfvecIndex]),
    );
  });
});
