import type { IndexProfile } from "../../index-tuning.ts";
import { type ForecastBasis, forecastStorage } from "../forecast/forecast-storage.ts";
import { hnswBytesPerRow } from "../forecast/hnsw-bytes.ts";
import type { TablePlan } from "../plan.ts";
import { totalBytes } from "../storage.ts";

/** Bytes of a table after contract and a rewrite. Computed, not measured. */
export interface ProfileForecast {
  /** Without an HNSW index. */
  readonly withoutIndex: number;
  readonly indexes: Readonly<Record<IndexProfile, number>>;
}

/** The forecast from what is measured of a table, and from its rows. */
export function forecastProfiles(basis: ForecastBasis): ProfileForecast {
  // Contract alone returns nothing: a table that is not rewritten yet still holds what the swap left.
  const phase = basis.phase === "contracted" ? "swapped" : basis.phase;
  const { contracted } = forecastStorage({ ...basis, phase });
  return {
    withoutIndex: totalBytes({ ...contracted, halfvecIndexBytes: 0 }),
    indexes: indexBytes(basis),
  };
}

/** The same as a plan has it, which knows the widths of the rows; null after contract, of which a plan forecasts nothing. */
export function plannedProfiles(
  { phase, rows, compactBytesForecast }: TablePlan,
  shape: Pick<ForecastBasis, "dimensions" | "m">,
): ProfileForecast | null {
  if (phase === "contracted" || phase === "absent") return null;
  const indexes = indexBytes({ rows, ...shape });
  return { withoutIndex: compactBytesForecast - indexes.compact, indexes };
}

function indexBytes({
  rows,
  dimensions,
  m,
}: Pick<ForecastBasis, "rows" | "dimensions" | "m">): ProfileForecast["indexes"] {
  return {
    halfvec: rows * hnswBytesPerRow("halfvec", dimensions, m),
    compact: rows * hnswBytesPerRow("bit", dimensions, m),
  };
}
