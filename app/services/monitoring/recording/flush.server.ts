import type pg from "pg";
import { isMetricsSchemaMissing } from "./metrics-schema-missing.ts";
import type { Recorder } from "./recorder.server.ts";
import { deleteOldFigures, storeBatch } from "./store-batch.server.ts";

/** Where nothing can be stored, that seldom changes by itself. */
const LOOK_AGAIN_MS = 60_000;
const DELETE_OLD_EVERY_MS = 3_600_000;
const INSUFFICIENT_PRIVILEGE = "42501";

/** Takes what a recorder has to the database, one batch after the other. What cannot be stored stays there. */
export class Flush {
  readonly #recorder: Recorder;
  readonly #database: pg.Pool;
  /** Ends with the last one that was asked for: they run one after the other. */
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;
  #notBefore = 0;
  #troubled = false;
  #oldDeletedAt = 0;

  constructor(recorder: Recorder, database: pg.Pool) {
    this.#recorder = recorder;
    this.#database = database;
  }

  /** As {@link now}, unless one is under way or was refused within the last minute. */
  async whenDue(): Promise<void> {
    if (this.#underWay === 0 && Date.now() >= this.#notBefore) await this.now();
  }

  /** Stores all that was recorded until now. Never throws: it says in the log what is wrong, once. */
  now(): Promise<void> {
    this.#underWay += 1;
    this.#last = this.#last.then(async () => {
      await this.#store();
      this.#underWay -= 1;
    });
    return this.#last;
  }

  async #store(): Promise<void> {
    try {
      for (let batch = this.#recorder.nextBatch(); batch !== null; batch = this.#recorder.nextBatch()) {
        await storeBatch(this.#database, batch);
        this.#recorder.confirm(batch);
        this.#troubled = false;
        await this.#deleteOld();
      }
    } catch (error) {
      const refused = isMetricsSchemaMissing(error) || isNotAllowed(error);
      if (refused) this.#notBefore = Date.now() + LOOK_AGAIN_MS;
      if (!this.#troubled) console.warn(`${KEPT} (${reasonOf(error)})`);
      this.#troubled = true;
    }
  }

  async #deleteOld(): Promise<void> {
    const now = Date.now();
    if (now - this.#oldDeletedAt < DELETE_OLD_EVERY_MS) return;
    this.#oldDeletedAt = now;
    await deleteOldFigures(this.#database).catch((error) => {
      console.warn(`monitoring: old figures could not be deleted (${reasonOf(error)})`);
    });
  }
}

const KEPT = "monitoring: figures could not be stored, and are kept until they can be";

function isNotAllowed(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === INSUFFICIENT_PRIVILEGE;
}

function reasonOf(error: unknown): string {
  if (isMetricsSchemaMissing(error))
    return "there is no schema vector_metrics: the migration init creates it";
  return error instanceof Error ? error.message : String(error);
}
