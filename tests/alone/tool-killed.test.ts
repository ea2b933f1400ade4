import pg from "pg";
import { describe, expect, onTestFailed, onTestFinished } from "vitest";
import {
  BLOCK_EMBEDDINGS,
  DOCUMENTS,
  EMBEDDING_TABLES,
  PAGE_EMBEDDINGS,
} from "../../app/embedding-tables.ts";
import { derivedSeed, SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdLock } from "../support/held-locks.ts";
import { JournalWriter } from "../support/journal-writer.ts";
import {
  BLOCKS,
  differenceAsHalfvec,
  differenceOfBits,
  keepJournal,
  keepRows,
  NO_DIFFERENCE,
  PAGES,
  PAPERS,
} from "../support/kept-rows.ts";
import { BACK, CONTRACT, FORWARD, type KilledCommand, Killer } from "../support/killed-commands.ts";
import { AppReader, OldReader } from "../support/search-reader.ts";
import { pageQuestions, shareRows } from "../support/shared-rows.ts";
import { test as base, type TestDatabase } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = base.override({ through: "init" });
const KILLS = 100;
/** Those that contract is for. */
const LAST_KILLS = 15;
const FILLED = [
  { table: PAGE_EMBEDDINGS, written: PAGES, rows: 600 },
  { table: BLOCK_EMBEDDINGS, written: BLOCKS, rows: 100 },
  { table: DOCUMENTS, written: PAPERS, rows: 150 },
];
/** At a step in which nothing was killed by then. */
const MORE_ATTEMPTS = 10;
const WRITERS = 3;
/** Between two writes or searches of one client, at most: the machine is for the tool, which starts a hundred times. */
const PAUSE_MS = 100;
const LIMIT = 10;

/** Other moments with each run; those of a run that failed come again with TEST_SEED, as far as the machine allows. */
function drawnSeed(): number {
  const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => void process.stderr.write(`The moments were those of TEST_SEED=${seed}\n`));
  return seed;
}

async function createWriters(database: TestDatabase, seed: number): Promise<JournalWriter[]> {
  const writers: JournalWriter[] = [];
  for (let number = 0; number < WRITERS; number++) {
    const random = new SeededRandom(derivedSeed(seed, "writer", number));
    writers.push(new JournalWriter(await database.connect(), random, number % 2 === 1, PAUSE_MS));
  }
  return writers;
}

describe("the tool killed with SIGKILL", { tags: ["server"] }, () => {
  test(`${KILLS} times on its way forward, back and to the end, while the app writes and searches`, {
    timeout: 600_000,
  }, async ({ database }) => {
    const seed = drawnSeed();
    const random = new SeededRandom(derivedSeed(seed, "moments"));
    const killer = new Killer(database, await createWorkingCopy(), random);
    for (const { table, rows } of FILLED) await fillTable(database, table, rows);
    const writers = await createWriters(database, seed);
    const tables = FILLED.map(({ written }) => written);
    const untouched = await shareRows(database, writers, tables);
    await keepRows(database, tables);
    const questions = await pageQuestions(database, untouched.get(PAGES));
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on("error", () => {});
    const app = new AppReader(pool, PAGE_EMBEDDINGS, LIMIT, PAUSE_MS);
    const readers = [app, new OldReader(pool, PAGE_EMBEDDINGS, LIMIT, PAUSE_MS)];
    const stop = new AbortController();
    const working = Promise.all([
      ...writers.map((writer) => writer.run(stop.signal)),
      ...readers.map((reader) => reader.run(questions, stop.signal)),
    ]);
    onTestFinished(async () => {
      stop.abort();
      await working;
      await pool.end();
    });

    /** Tables of which a row that nobody writes has not its original, bit for bit, in `column`. */
    const changed = async (column: string) => {
      const names: string[] = [];
      for (const [written, ids] of untouched) {
        const { unexpected, missing } = await differenceOfBits(database, written, column, ids);
        if (unexpected + missing > 0) names.push(written.name);
      }
      return names;
    };
    const most = KILLS - LAST_KILLS;
    const come = (command: KilledCommand, other: KilledCommand) => killer.comeThrough(command, other, most);
    await come(FORWARD, BACK);
    do {
      await come(BACK, FORWARD);
      expect(await changed("embedding")).toEqual([]);
      await come(FORWARD, BACK);
      expect(await changed("embedding_vector_backup")).toEqual([]);
    } while (killer.total < most);
    // A step of milliseconds may have been over each time that it was aimed at.
    for (let attempt = 1; attempt <= MORE_ATTEMPTS; attempt++) {
      const [step] = killer.unmet(BACK);
      if (step === undefined) break;
      await killer.attempt(BACK, step);
      await killer.complete(FORWARD);
    }
    // VACUUM (FULL) lets reads and writes wait, which is no error.
    while (killer.total < KILLS) {
      const step = killer.unmet(CONTRACT)[0] ?? "reclaim";
      // There is one such moment only, and it is short: the lock that it needs makes it longer.
      const reading = step === "contract" ? await holdLock(database, "documents", "ACCESS SHARE") : null;
      expect(await killer.attempt(CONTRACT, step)).toBe(true);
      await reading?.release();
    }
    await killer.complete(CONTRACT);
    process.stdout.write(`Killed in each step: ${JSON.stringify(Object.fromEntries(killer.kills))}\n`);
    stop.abort();
    await working;

    expect(killer.total).toBe(KILLS);
    expect([FORWARD, BACK, CONTRACT].map((command) => killer.unmet(command))).toEqual([[], [], []]);
    for (const writer of writers) {
      expect(writer.errors).toEqual([]);
      expect(Math.min(...Object.values(writer.done))).toBeGreaterThan(0);
    }
    for (const { written } of FILLED) {
      for (const writer of writers) {
        const journal = writer.journals.get(written);
        if (!journal) throw new Error(`a writer without rows of ${written.name}`);
        await keepJournal(database, written, journal);
      }
      expect(await differenceAsHalfvec(database, written)).toEqual(NO_DIFFERENCE);
    }
    for (const { answers, errors } of readers) {
      expect(errors).toEqual([]);
      expect(answers.length).toBeGreaterThan(KILLS);
      expect(answers.filter(({ hits }) => hits !== LIMIT)).toEqual([]);
      expect(answers.filter(({ right }) => right).length / answers.length).toBeGreaterThan(0.95);
    }
    expect(app.plans.filter(({ scanned, indexes }) => scanned.length > 0 || indexes.length !== 1)).toEqual(
      [],
    );
    for (const table of EMBEDDING_TABLES) {
      const { phase, triggers, indexes } = await readCatalog(database.client, table);
      expect({ phase, triggers }).toEqual({ phase: "contracted", triggers: [] });
      expect(indexes.filter(({ method, valid }) => method === "hnsw" || !valid)).toEqual([
        expect.objectContaining({ name: table.halfvecIndex, valid: true }),
      ]);
    }
  });
});
