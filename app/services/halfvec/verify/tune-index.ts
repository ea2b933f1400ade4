import type { IndexProfile, TuningPoint } from "../../index-tuning.ts";
import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import type { SearchProbe } from "./measure-search.ts";
import { type KnownQueries, type MeasuredSearches, measureSearches } from "./measure-searches.ts";

/** Tried from few to many. Beyond the last one a search costs more than it is worth, of either profile. */
const CANDIDATES = [40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 200, 250, 300, 400];

/** Where more than this share of a table must be looked at, its index tells nothing. */
const MOST_OF_TABLE = 1 / 4;

export interface TunedCurve {
  /** By candidates from few to many. */
  curve: TuningPoint[];
  /** The first that reaches the target, of a compact index beyond chance where one does; null where none does. */
  chosen: TuningPoint | null;
}

/**
 * Searches an index with more and more candidates until the target is reached. So that it is seen what more would bring, also with
 * the next more, and with twice as many.
 *
 * @param rows of the table. @param target mean recall@k to reach, 0 to 1
 */
export async function tuneIndex(
  probe: SearchProbe,
  column: SearchedColumn,
  profile: IndexProfile,
  known: KnownQueries,
  { rows, target }: { rows: number; target: number },
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TunedCurve> {
  const search = (candidates: number) =>
    measureSearches(probe, column, known, { profile, candidates }, signal);
  // Brings the index into memory: what counts is what the searches of a running app take.
  await search(CANDIDATES[0] as number);
  const curve: TuningPoint[] = [];
  let reached: TuningPoint | null = null;
  let chosen: TuningPoint | null = null;
  const most = Math.max(
    CANDIDATES[0] as number,
    rows * MOST_OF_TABLE,
    // What searches take where nothing is noted cannot be too much.
    profile === "halfvec" ? probe.efSearch : 0,
  );
  const affordable = CANDIDATES.filter((candidates) => candidates <= most);
  for (const [index, candidates] of affordable.entries()) {
    const twice = 2 * (chosen?.candidates ?? 0);
    const beyond = chosen !== null && curve.at(-1) !== chosen;
    if (beyond && candidates < twice) continue;
    const { recall, recallError, p50, p95 } = await search(candidates);
    const point = { candidates, recall, p50, p95 };
    curve.push(point);
    onProgress(index + 1, affordable.length);
    if (chosen !== null && candidates >= twice) break;
    if (recall >= target) reached ??= point;
    if (provenRecall(profile, { recall, recallError }) >= target) chosen ??= point;
  }
  return { curve, chosen: chosen ?? reached };
}

/**
 * The recall that an index may be credited with. Whole values find what vectors find with as many candidates, and need no more proof
 * than that. Signs do: the first of several settings that just reaches a target is often the one that chance was kind to.
 */
export function provenRecall(
  profile: IndexProfile,
  { recall, recallError }: Pick<MeasuredSearches, "recall" | "recallError">,
): number {
  return profile === "compact" ? recall - recallError : recall;
}
