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
  /** All rows, by the statistics of that time; null where there were none. */
  rowEstimate: z.number().int().min(0).nullable().default(null),
  measuredAt: z.iso.datetime(),
  /** What its build took; null where that is not known. */
  buildSeconds: z.number().min(0).nullable().default(null),
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

const comment = z.union([
  z.object({ tuning }).transform((noted) => ({ tuning: noted.tuning, counts: true })),
  z.object({ measured: tuning }).transform((noted) => ({ tuning: noted.measured, counts: false })),
]);

/** What is noted of an index. */
export interface NotedTuning {
  tuning: IndexTuning;
  /** Whether the app goes by it; else it was measured, and the index of another profile chosen. */
  counts: boolean;
}

export function tuningComment({ tuning: found, counts }: NotedTuning): string {
  return JSON.stringify(counts ? { tuning: found } : { measured: found });
}

/** Null for the comment of somebody else, and without one. */
export function notedTuning(text: string | null): NotedTuning | null {
  if (text === null || !text.startsWith("{")) return null;
  try {
    return comment.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The same where the app goes by it. */
export function tuningOf(text: string | null): IndexTuning | null {
  const noted = notedTuning(text);
  return noted?.counts ? noted.tuning : null;
}

/** A table that has grown so much is to be measured again. */
const GROWN = 2;

/** @param rows of the table now, by its statistics */
export function isOutgrown(
  { rows: measured, rowEstimate }: Pick<IndexTuning, "rows" | "rowEstimate">,
  rows: number,
): boolean {
  // Rows without an embedding are no growth.
  return rows >= GROWN * Math.max(measured, rowEstimate ?? 0);
}

/**
 * The tuning by which an index is searched. In a table that has grown since, an index on whole values is searched as the app is
 * configured again; a compact one that was chosen stays chosen.
 *
 * @param noted of the index. @param rows of the table now, by its statistics
 * @returns null where none counts.
 */
export function tuningInUse(
  profile: IndexProfile,
  noted: NotedTuning | null,
  rows: number,
): IndexTuning | null {
  if (noted === null || !noted.counts) return null;
  return profile === "halfvec" && isOutgrown(noted.tuning, rows) ? null : noted.tuning;
}

/** The point of the curve that the app is at. */
export function chosenPoint({ candidates, curve }: IndexTuning): TuningPoint | undefined {
  return curve.find((one) => one.candidates === candidates);
}
