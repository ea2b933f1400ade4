import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Database } from "../../app/db.server.ts";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import { EVERY_WORKSPACE } from "../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { explainingDatabase, type StatementPlan } from "./explained-database.ts";

/** A row, whose own embedding is the question, and which should therefore be the first hit. */
export interface Question {
  id: string;
  vector: number[];
}

export interface Answer {
  hits: number;
  /** Whether the row of the question came first. */
  right: boolean;
  /** Name and type of the column that answered, as the reader knows it. */
  column: string;
}

/** Pause between two searches where nothing else is said, in milliseconds: readers at full speed would starve everything else. */
const PAUSE_MS = 5;

/** Searches again and again, and keeps what it was told. */
export abstract class SearchReader {
  readonly answers: Answer[] = [];
  readonly errors: string[] = [];
  readonly #pauseMs: number;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Asks the questions in turn until `stop` is aborted. An error is kept, and it goes on. */
  async run(questions: readonly Question[], stop: AbortSignal): Promise<void> {
    for (let turn = 0; !stop.aborted; turn++) {
      const question = questions[turn % questions.length] as Question;
      try {
        this.answers.push(await this.ask(question));
      } catch (error) {
        this.errors.push(String(error));
      }
      await sleep(this.#pauseMs);
    }
  }

  protected abstract ask(question: Question): Promise<Answer>;
}

/** Searches with the app's search service, and keeps how the planner means to do each search. */
export class AppReader extends SearchReader {
  readonly plans: StatementPlan[] = [];
  readonly #database: Database;
  readonly #table: EmbeddingTable;
  readonly #limit: number;

  constructor(pool: pg.Pool, table: EmbeddingTable, limit: number, pauseMs = PAUSE_MS) {
    super(pauseMs);
    this.#table = table;
    this.#limit = limit;
    const isSearch = (text: string) => text.startsWith("WITH nearest");
    this.#database = explainingDatabase(pool, isSearch, (plan) => this.plans.push(plan));
  }

  protected async ask({ id, vector }: Question): Promise<Answer> {
    const { hits, column } = await searchEmbeddings(
      { table: this.#table, vector, limit: this.#limit, workspaceId: EVERY_WORKSPACE },
      this.#database,
    );
    return { hits: hits.length, right: hits[0]?.key === id, column: `${column.name} ${column.type}` };
  }
}

/**
 * Searches with a plain statement that was written for the `vector` column and knows of no other. Whether a small table
 * is scanned for it is the planner's choice, before the migration as after it.
 */
export class OldReader extends SearchReader {
  /** Its statement; `$1` is the vector as text. */
  readonly statement: string;
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool, table: EmbeddingTable, limit: number, pauseMs = PAUSE_MS) {
    super(pauseMs);
    this.#pool = pool;
    this.statement = `SELECT id FROM ${table.name} ORDER BY ${table.column} <=> $1::vector LIMIT ${limit}`;
  }

  protected async ask({ id, vector }: Question): Promise<Answer> {
    const { rows } = await this.#pool.query<{ id: string }>(this.statement, [JSON.stringify(vector)]);
    return { hits: rows.length, right: rows[0]?.id === id, column: "embedding" };
  }
}
