import { z } from "zod";

/**
 * The kinds of HNSW index that a halfvec column can have. `halfvec` holds whole values, `compact` only the sign of each
 * dimension: a sixteenth of it, whose candidates are compared by their whole values again.
 */
export const INDEX_PROFILES = ["halfvec", "compact"] as const;
export type IndexProfile = (typeof INDEX_PROFILES)[number];

const point = z.object({
  /** Rows that the scan keeps (`hnsw.ef_search`) for `k` results. */
  candidates: z.number().int().min(1).max(1000),
  /** Mean recall@k, 0 to 1. */
  recall: z.number().min(0).max(1),
  /** Time of a search, in milliseconds. */
  p50: z.number().min(0),
  p95: z.number().min(0),
});

const tuning = z.object({
  k: z.number().int().min(1),
  /** What the app is to use: the fewest candidates that reach the target. */
  candidates: z.number().int().min(1).max(1000),
  /** Mean recall@k that was asked for, 0 to 1. */
  target: z.number().min(0).max(1),
  /** Whether somebody chose the target: then it stays when the index is measured again. */
  chosenTarget: z.boolean().default(false),
  /** Queries between sampled rows that were searched for. */
  queries: z.number().int().min(0),
  /** With an embedding, when it was measured. */
  rows: z.number().int().min(0),
  measuredAt: z.iso.datetime(),
  /** All that was measured, by candidates from few to many. */
  curve: z.array(point),
});

/** Recall and time of a search with so many candidates. */
export type TuningPoint = z.infer<typeof point>;

/**
 * How an index is to be searched, found by measurement on the rows of its table. It is the comment of the index: it is read with the
 * index, and gone with it.
 */
export type IndexTuning = z.infer<typeof tuning>;

const comment = z.object({ tuning });

export function tuningComment(found: IndexTuning): string {
  return JSON.stringify({ tuning: found } satisfies z.infer<typeof comment>);
}

/** Null for the comment of somebody else, and without one. */
export function tuningOf(text: string | null): IndexTuning | null {
  if (text === null || !text.startsWith("{")) return null;
  try {
    return comment.parse(JSON.parse(text)).tuning;
  } catch {
    return null;
  }
}

/** A table that has grown so much is to be measured again. */
const GROWN = 2;

/** @param rows of the table now, by its statistics */
export function isOutgrown(tuning: Pick<IndexTuning, "rows">, rows: number): boolean {
  return rows >= GROWN * tuning.rows;
}

/**
 * The tuning by which an index is searched. In a table that has grown since, an index on whole values is searched as the app is
 * configured again; a compact one that was chosen stays chosen.
 *
 * @param comment of the index. @param rows of the table now, by its statistics
 * @returns null where none counts.
 */
export function tuningInUse(profile: IndexProfile, comment: string | null, rows: number): IndexTuning | null {
  const tuning = tuningOf(comment);
  return tuning !== null && profile === "halfvec" && isOutgrown(tuning, rows) ? null : tuning;
}

/** The point of the curve that the app is at. */
export function chosenPoint({ candidates, curve }: IndexTuning): TuningPoint | undefined {
  return curve.find((one) => one.candidates === candidates);
}
