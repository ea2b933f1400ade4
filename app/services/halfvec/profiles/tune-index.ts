import type { IndexProfile, TuningPoint } from "../../index-tuning.ts";
import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { throwIfAborted } from "../errors.ts";
import type { SearchProbe } from "../verify/measure-search.ts";
import { mean, type Neighbour, recallAt } from "../verify/recall.ts";
import type { SampledQuery } from "../verify/sample.ts";

/** Tried from few to many. Beyond the last one a search costs more than it is worth, of either profile. */
const CANDIDATES = [40, 60, 80, 100, 120, 160, 200, 250, 300, 400];

/** Where more than this share of a table must be looked at, its index tells nothing. */
const MOST_OF_TABLE = 1 / 4;

export interface TunedCurve {
  /** By candidates from few to many. */
  curve: TuningPoint[];
  /** The first that reaches the target; null where none does. */
  chosen: TuningPoint | null;
}

/**
 * Searches an index with more and more candidates until the target is reached, and once more beyond it, so that it is seen what
 * more would bring.
 *
 * @param exact the true neighbours of each query, in the order of `queries`
 * @param rows of the table. @param target mean recall@k to reach, 0 to 1
 */
export async function tuneIndex(
  probe: SearchProbe,
  column: SearchedColumn,
  profile: IndexProfile,
  queries: readonly SampledQuery[],
  exact: readonly (readonly Neighbour[])[],
  rows: number,
  target: number,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TunedCurve> {
  const curve: TuningPoint[] = [];
  let chosen: TuningPoint | null = null;
  const affordable = CANDIDATES.filter(
    (candidates, index) => index === 0 || candidates <= rows * MOST_OF_TABLE,
  );
  for (const [index, candidates] of affordable.entries()) {
    const recalls: number[] = [];
    const times: number[] = [];
    for (const [place, query] of queries.entries()) {
      throwIfAborted(signal);
      const { found, milliseconds } = await probe.searchTimed(column, query, { profile, candidates });
      recalls.push(recallAt(probe.k, exact[place] ?? [], found));
      times.push(milliseconds);
    }
    const point = { candidates, recall: mean(recalls) ?? 1, milliseconds: median(times) };
    curve.push(point);
    onProgress(index + 1, affordable.length);
    if (chosen !== null) break;
    if (point.recall >= target) chosen = point;
  }
  return { curve, chosen };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
