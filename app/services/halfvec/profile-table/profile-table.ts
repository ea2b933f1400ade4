import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { chosenPoint, type IndexProfile, notedTuning, tuningInUse } from "../../index-tuning.ts";
import { type CatalogIndex, profileIndexOn, type TableCatalog } from "../catalog.ts";
import { type StorageFigures, type StoredStorage, totalBytes } from "../storage.ts";
import { comparedColumns } from "../verify/compared-columns.ts";
import type { VerificationFigures } from "../verify/figures.ts";
import { compactIndexName } from "../wanted-index.ts";
import type { ProfileBytes, ProfileRow, ProfileTable } from "./profile-figures.ts";
import type { ProfileForecast } from "./profile-forecast.ts";

/** What was asked of the migration: the share that is left of what vector took, 0 to 1. */
const ASKED = { total: 0.43, index: 0.34 };
/** An HNSW index without a row: a meta page and an empty one. */
const EMPTY_INDEX = 2 * 8192;

/** What is stored and measured about one table. */
export interface ProfileBasis {
  readonly table: EmbeddingTable;
  readonly catalog: Pick<TableCatalog, "phase" | "rowEstimate" | "indexes">;
  readonly now: StorageFigures;
  /** Measured before expand; undefined where it was not. */
  readonly baseline: StoredStorage | undefined;
  /** The newest. */
  readonly verification: VerificationFigures | null;
  /** About how many rows have an embedding; undefined before the first VACUUM or ANALYZE. */
  readonly embedded: number | undefined;
  /** Null where the rows are not known. */
  readonly forecast: ProfileForecast | null;
}

/** Puts side by side what was asked for and what is known of each index. Only what says so is a forecast. */
export function profileTable(basis: ProfileBasis): ProfileTable {
  const { table, catalog, now, forecast, verification } = basis;
  const vector = vectorStorage(basis);
  const column = comparedColumns(table, catalog.phase).halfvec.name;
  const standing = {
    halfvec: profileIndexOn(catalog, "halfvec", column),
    compact: profileIndexOn(catalog, "compact", column),
  };
  const index = (profile: IndexProfile): Size | null => {
    const stands = standing[profile];
    if (stands !== undefined) return { bytes: stands.bytes, forecast: false };
    return forecast && { bytes: forecast.indexes[profile], forecast: true };
  };
  const others = isReclaimed(basis)
    ? { bytes: totalBytes(now) - bytesOf(standing.halfvec) - bytesOf(standing.compact), forecast: false }
    : forecast && isForeseeable(basis)
      ? { bytes: forecast.withoutIndex, forecast: true }
      : null;
  const searches = {
    vector: { recall: verification?.recallVector ?? null, p95: verification?.p95Vector ?? null },
    halfvec: tuned(basis, "halfvec", standing.halfvec) ?? verified(basis, standing.compact),
    compact: tuned(basis, "compact", standing.compact) ?? UNMEASURED,
  };
  return {
    table: table.name,
    rows: {
      baseline: basis.baseline?.rowEstimate || null,
      now: catalog.rowEstimate || null,
      embedded: basis.embedded ?? null,
    },
    total: bytesRow(ASKED.total, vector && totalBytes(vector), (profile) => sum(others, index(profile))),
    index: bytesRow(ASKED.index, vector && (vector.vectorIndexBytes || null), index),
    recall: searchRow(searches, "recall"),
    p95: searchRow(searches, "p95"),
  };
}

interface Size {
  bytes: number;
  forecast: boolean;
}

interface SearchFigures {
  recall: number | null;
  p95: number | null;
}

const UNMEASURED: SearchFigures = { recall: null, p95: null };

/** What the table took with vector alone. Null where nobody measured it, or there was no embedding yet. */
function vectorStorage({ catalog, now, baseline }: ProfileBasis): StorageFigures | null {
  const figures = catalog.phase === "baseline" ? now : baseline;
  if (figures === undefined) return null;
  const { vectorIndexBytes } = figures;
  return vectorIndexBytes > 0 && vectorIndexBytes <= EMPTY_INDEX ? null : figures;
}

/**
 * Whether the space of the originals has come back. Until the table is rewritten it has both kinds of values, and more bytes a
 * row than at the baseline. Where that had no embeddings there never was an original.
 */
function isReclaimed(basis: ProfileBasis): boolean {
  const { catalog, now, baseline } = basis;
  if (catalog.phase !== "contracted" || baseline === undefined) return false;
  const vector = vectorStorage(basis);
  if (vector === null) return true;
  const rowsKnown = baseline.rowEstimate > 0 && catalog.rowEstimate > 0;
  const growth = rowsKnown ? catalog.rowEstimate / baseline.rowEstimate : 1;
  return now.heapBytes + now.toastBytes < growth * (vector.heapBytes + vector.toastBytes);
}

/** Whether it can be told what a rewrite leaves: after contract nobody else knows whether there was one. */
function isForeseeable({ catalog, baseline }: ProfileBasis): boolean {
  return catalog.phase !== "contracted" || baseline !== undefined;
}

function bytesOf(index: CatalogIndex | undefined): number {
  return index?.bytes ?? 0;
}

function sum(one: Size | null, other: Size | null): Size | null {
  if (one === null || other === null) return null;
  return { bytes: one.bytes + other.bytes, forecast: one.forecast || other.forecast };
}

/** As the comment of the index has it, at the point that searches take, or would take if it were chosen. */
function tuned(
  { catalog }: ProfileBasis,
  profile: IndexProfile,
  index: CatalogIndex | undefined,
): SearchFigures | null {
  const noted = notedTuning(index?.comment ?? null);
  const tuning = noted && tuningInUse(profile, { ...noted, counts: true }, catalog.rowEstimate);
  const point = tuning && chosenPoint(tuning);
  return point ? { recall: point.recall, p95: point.p95 } : null;
}

/** As verify measured halfvec, unless it searched by a compact index. */
function verified({ table, verification }: ProfileBasis, compact: CatalogIndex | undefined): SearchFigures {
  const searched = verification?.searchPlan?.index ?? null;
  if (verification === null || searched === null) return UNMEASURED;
  if (searched === compactIndexName(table) || searched === compact?.name) return UNMEASURED;
  // What was stored before p95 was measured lacks it.
  return { recall: verification.recallHalfvec, p95: verification.p95Halfvec ?? null };
}

function bytesRow(
  asked: number,
  vector: number | null,
  of: (profile: IndexProfile) => Size | null,
): ProfileRow<ProfileBytes> {
  const figure = (size: Size | null): ProfileBytes | null =>
    size && {
      bytes: Math.round(size.bytes),
      share: vector === null ? null : size.bytes / vector,
      forecast: size.forecast,
    };
  return {
    asked,
    vector: figure(vector === null ? null : { bytes: vector, forecast: false }),
    halfvec: figure(of("halfvec")),
    compact: figure(of("compact")),
  };
}

function searchRow(
  searches: Record<"vector" | IndexProfile, SearchFigures>,
  figure: keyof SearchFigures,
): ProfileRow<number> {
  return {
    asked: null,
    vector: searches.vector[figure],
    halfvec: searches.halfvec[figure],
    compact: searches.compact[figure],
  };
}
