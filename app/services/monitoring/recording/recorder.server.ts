import { randomUUID } from "node:crypto";
import { RecordedFigures, type RecordedSearch, type RecordedShadowRead } from "./recorded-figures.ts";

/** Figures on their way to the database. Sent again they are the same, under the same number. */
export interface Batch {
  /** Of the process. */
  readonly recorder: string;
  /** From 1 up. */
  readonly number: number;
  readonly figures: RecordedFigures;
}

/** What this process has recorded and the database does not have yet. */
export class Recorder {
  readonly #id = randomUUID();
  #batches = 0;
  /** Sent, but nobody said that it arrived. */
  #unconfirmed: Batch | null = null;
  #figures = new RecordedFigures();

  recordSearch(search: RecordedSearch): void {
    this.#figures.addSearch(search, Date.now());
  }

  recordShadowRead(read: RecordedShadowRead): void {
    this.#figures.addShadowRead(read, Date.now());
  }

  /**
   * What is to be sent now: the batch before until it is confirmed, then all that came since; null where there is nothing.
   * A batch never changes, so that the database can tell one that it has already.
   */
  nextBatch(): Batch | null {
    this.#figures.forgetOld(Date.now());
    if (this.#unconfirmed === null && !this.#figures.isEmpty) {
      this.#batches += 1;
      this.#unconfirmed = { recorder: this.#id, number: this.#batches, figures: this.#figures };
      this.#figures = new RecordedFigures();
    }
    return this.#unconfirmed;
  }

  /** The batch is in the database. */
  confirm(batch: Batch): void {
    if (this.#unconfirmed === batch) this.#unconfirmed = null;
  }

  /** All that is not known to be in the database. */
  unstored(): RecordedFigures {
    const all = new RecordedFigures();
    if (this.#unconfirmed !== null) all.add(this.#unconfirmed.figures);
    all.add(this.#figures);
    return all;
  }
}

// The development server loads this module again on every change: what was recorded outlives it.
const kept = globalThis as typeof globalThis & { halfvecMigrationRecorder?: Recorder };
kept.halfvecMigrationRecorder ??= new Recorder();

/** The one recorder of the process. */
export const recorder: Recorder = kept.halfvecMigrationRecorder;
