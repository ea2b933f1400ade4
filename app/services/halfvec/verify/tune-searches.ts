import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { chosenPoint, INDEX_PROFILES, tuningOf } from "../../index-tuning.ts";
import { profileIndexOn, searchedIndexOn, type TableCatalog } from "../catalog.ts";
import type { TunedProfile } from "../events.ts";
import type { ComparedColumns } from "./compared-columns.ts";
import type { VerificationFigures } from "./figures.ts";
import { noteTuningUnlessChanged } from "./note-tuning.ts";
import { type RecallTarget, recallTarget } from "./recall-target.ts";
import type { SearchProof } from "./search-proof.ts";
import type { VerificationOptions } from "./verify-table.ts";

export interface TunedSearches {
  /** What was measured of each index, and noted where it reaches the target. */
  tuned: TunedProfile[];
  /** What could not be noted: no reason to stop, searches go on as they are. */
  warnings: string[];
  /** What searches have from now on, where that is another than before. */
  searches: Partial<Pick<VerificationFigures, "efSearch" | "recallHalfvec" | "p95Halfvec">>;
}

/**
 * Measures how few candidates keep the recall, and notes that: of the indexes that searches may take, so a compact one that was
 * not chosen is left alone. Only where all is green; or red for the recall alone of an index that was tuned before, and then more
 * candidates may help.
 *
 * @param figures as the app searches now
 */
export async function tuneSearches(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  { halfvec }: ComparedColumns,
  proof: SearchProof,
  figures: VerificationFigures,
  options: VerificationOptions,
): Promise<TunedSearches> {
  const taken = searchedIndexOn(catalog, halfvec.name);
  const target = targetOf(taken?.comment ?? null, figures, options);
  const found: TunedSearches = { tuned: [], warnings: [], searches: {} };
  if (target === null) return found;
  const wanted = INDEX_PROFILES.filter(
    (profile) => profile === "halfvec" || profileIndexOn(catalog, profile, halfvec.name) === taken,
  );
  const measured = await proof.tune(target, figures.rows, wanted);
  for (const profile of wanted) {
    const one = measured[profile];
    if (one === undefined) continue;
    const { index, curve, tuning } = one;
    const obstacle = tuning && (await noteTuningUnlessChanged(client, table, index, tuning));
    if (obstacle) {
      found.warnings.push(
        `what was measured of ${index.name} could not be noted (${obstacle}), so searches go on as before`,
      );
      continue;
    }
    const { name, bytes } = index;
    const searched = name === taken?.name;
    found.tuned.push({ profile, index: name, bytes, searched, tuning, curve });
    const point = searched && tuning ? chosenPoint(tuning) : undefined;
    if (point) {
      found.searches = { efSearch: point.candidates, recallHalfvec: point.recall, p95Halfvec: point.p95 };
    }
  }
  return found;
}

/** What the searched index is to be tuned to; null where it is to be left as it is. */
function targetOf(
  comment: string | null,
  { checks, queries, recallVector, rows }: VerificationFigures,
  { tunedFromRows, targetRecall }: VerificationOptions,
): RecallTarget | null {
  const noted = tuningOf(comment);
  if (!checks.every(({ ok, name }) => ok || (noted !== null && name === "recall"))) return null;
  if (queries === 0 || (noted === null && rows < tunedFromRows)) return null;
  const asked = targetRecall ?? (noted?.chosenTarget ? noted.target : null);
  // Without a vector index that anybody has measured there is nothing to keep.
  return asked === null && recallVector === null ? null : recallTarget(asked, recallVector ?? 1);
}
