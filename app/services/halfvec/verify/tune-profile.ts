import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type IndexProfile, type IndexTuning, type TuningPoint, tuningComment } from "../../index-tuning.ts";
import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { type CatalogIndex, profileIndexOn, type TableCatalog } from "../catalog.ts";
import { quoted } from "../identifiers.ts";
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
  /** Mean recall@k to reach, 0 to 1. */
  target: number;
  step: (name: string) => (done: number, total: number) => void;
  signal: AbortSignal;
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
    { rows, target },
    progress,
    signal,
  );
  const tuning = chosen && {
    k: probe.k,
    candidates: chosen.candidates,
    target,
    queries: known.queries.length,
    rows,
    measuredAt: new Date().toISOString(),
    curve,
  };
  return { index, curve, tuning };
}

/** Writes down how an index is to be searched, where the app reads it; null takes it back. */
export async function noteTuning(
  client: ClientBase,
  table: EmbeddingTable,
  index: string,
  tuning: IndexTuning | null,
): Promise<void> {
  const text = tuning === null ? "NULL" : client.escapeLiteral(tuningComment(tuning));
  await client.query(`COMMENT ON INDEX ${quoted(table.schema)}.${quoted(index)} IS ${text}`);
}
