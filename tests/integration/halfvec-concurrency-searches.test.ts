import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS as table } from "../../app/embedding-tables.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { explainingDatabase, planOf, type StatementPlan } from "../support/explained-database.ts";
import { startMigration } from "../support/running-migration.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const ROWS = 3000;
const LIMIT = 10;
/** Pause of each reader between two searches, in milliseconds: four of them at full speed starve two cores. */
const PAUSE_MS = 5;
const OLD_SEARCH = `SELECT id FROM ${table.name} ORDER BY embedding <=> $1::vector LIMIT ${LIMIT}`;

interface Answer {
  hits: number;
  /** Whether the row whose own embedding is the question came first. */
  right: boolean;
  /** Name and type of the column, as the app saw it. */
  column: string;
}

/** What one reader met, in order. */
interface Experience {
  answers: Answer[];
  plans: StatementPlan[];
  errors: string[];
}

describe("searches", { tags: ["server"] }, () => {
  test("go on through the whole migration: no error, no empty answer, always by an index", {
    timeout: 240_000,
  }, async ({ database }) => {
    await fillTable(database, table, ROWS);
    const questions = await database.query<{ id: string; vector: number[] }>(
      `SELECT id, embedding::real[] AS vector FROM ${table.name} ORDER BY id LIMIT 50`,
    );
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    pool.on("error", () => {});
    const stop = new AbortController();

    const read = async (
      ask: (vector: number[], experience: Experience) => Promise<Answer & { key?: string }>,
    ) => {
      const experience: Experience = { answers: [], plans: [], errors: [] };
      for (let turn = 0; !stop.signal.aborted; turn++) {
        const { id, vector } = questions[turn % questions.length] ?? { id: "", vector: [] };
        try {
          const { key, ...answer } = await ask(vector, experience);
          experience.answers.push({ ...answer, right: key === id });
        } catch (error) {
          experience.errors.push(String(error));
        }
        await sleep(PAUSE_MS);
      }
      return experience;
    };
    const appReader = () => {
      let experience: Experience | undefined;
      const explained = (text: string) => text.startsWith("WITH nearest");
      const db = explainingDatabase(pool, explained, (plan) => experience?.plans.push(plan));
      return read(async (vector, own) => {
        experience = own;
        const { hits, column } = await searchEmbeddings({ table, vector, limit: LIMIT }, db);
        const key = hits[0]?.key ?? "";
        return { hits: hits.length, right: false, column: `${column.name} ${column.type}`, key };
      });
    };
    const oldReader = () =>
      read(async (vector, own) => {
        const values = [JSON.stringify(vector)];
        own.plans.push(await planOf(pool, OLD_SEARCH, values));
        const { rows } = await pool.query<{ id: string }>(OLD_SEARCH, values);
        return { hits: rows.length, right: false, column: "embedding", key: rows[0]?.id ?? "" };
      });

    const readers = [appReader(), appReader(), oldReader()];
    await sleep(300);
    const cli = startMigration(database, ["run", "--yes"]);
    const exit = await cli.exit;
    // Longer than the app keeps what it knows of the columns.
    await sleep(3500);
    stop.abort();
    const experiences = await Promise.all(readers);
    await pool.end();

    expect(exit.code, cli.stderr()).toBe(0);
    expect(experiences.flatMap(({ errors }) => errors)).toEqual([]);
    const app = experiences.slice(0, 2);
    const old = experiences[2];
    for (const { answers, plans } of experiences) {
      expect(answers.length).toBeGreaterThan(100);
      expect(answers.filter(({ hits }) => hits !== LIMIT)).toEqual([]);
      // The search is approximate: a row may miss itself, but not often.
      expect(answers.filter(({ right }) => right).length / answers.length).toBeGreaterThan(0.95);
      expect(plans.length).toBeGreaterThanOrEqual(answers.length);
      expect(plans.filter(({ scanned }) => scanned.length > 0)).toEqual([]);
      const used = new Set(plans.flatMap(({ indexes }) => indexes));
      expect(used).toEqual(new Set([table.vectorIndex, table.halfvecIndex]));
      expect(plans.filter(({ indexes }) => indexes.length !== 1)).toEqual([]);
    }
    for (const { answers } of app) {
      const columns = answers.map(({ column }) => column);
      expect(columns[0]).toBe("embedding vector");
      expect(columns.at(-1)).toBe("embedding halfvec");
    }
    expect(old?.plans.at(-1)?.indexes).toEqual([table.halfvecIndex]);
  });
});
