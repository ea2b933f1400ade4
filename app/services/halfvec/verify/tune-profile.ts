import type { IndexProfile, IndexTuning, TuningPoint } from "../../index-tuning.ts";
import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { type CatalogIndex, profileIndexOn, type TableCatalog } from "../catalog.ts";
import type { SearchProbe } from "./measure-search.ts";
import type { KnownQueries } from "./measure-searches.ts";
import { tuneIndex } from "./tune-index.ts";

/** What may be lost against the vector index: one point. */
export const MOST_LOSS = 0.01;

/** With what the indexes of a halfvec column are measured. */
export interface TuningBasis {
  catalog: TableCatalog;
  halfvec: SearchedColumn;
  probe: SearchProbe;
  known: KnownQueries;
  /** With an embedding. */
  rows: number;
  target: RecallTarget;
  step: (name: string) => (done: number, total: number) => void;
  signal: AbortSignal;
}

/** What is to be reached. */
export interface RecallTarget {
  /** Mean recall@k, 0 to 1. */
  recall: number;
  /** Whether somebody asked for just that. */
  chosen: boolean;
}

/** What somebody asked for, else the recall of the vector index less one point. */
export function recallTarget(asked: number | null, recallVector: number): RecallTarget {
  if (asked !== null) return { recall: asked, chosen: true };
  return { recall: Math.max(0, recallVector - MOST_LOSS), chosen: false };
}

export interface MeasuredProfile {
  index: CatalogIndex;
  curve: TuningPoint[];
  /** Null where no setting reaches the target. */
  tuning: IndexTuning | null;
}

/** Finds out how the index of a profile must be searched; undefined where there is none. */
export async function tuneProfile(
  { catalog, halfvec, probe, known, rows, target, step, signal }: TuningBasis,
  profile: IndexProfile,
): Promise<MeasuredProfile | undefined> {
  const index = profileIndexOn(catalog, profile, halfvec.name);
  if (index === undefined) return undefined;
  const progress = step(`recall of the ${profile} index`);
  const { curve, chosen } = await tuneIndex(
    probe,
    halfvec,
    profile,
    known,
    { rows, target: target.recall },
    progress,
    signal,
  );
  const tuning = chosen && {
    k: probe.k,
    candidates: chosen.candidates,
    target: target.recall,
    chosenTarget: target.chosen,
    queries: known.queries.length,
    rows,
    measuredAt: new Date().toISOString(),
    curve,
  };
  return { index, curve, tuning };
}
