import { env } from "../../../env.server.ts";
import { profileOf, searchedIndexOn } from "../../halfvec/catalog.ts";
import { comparedColumns } from "../../halfvec/verify/compared-columns.ts";
import { isOutgrown, notedTuning, tuningInUse } from "../../index-tuning.ts";
import { readShadowReads } from "../shadow/read-shadow-reads.server.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import type { AccuracyComparison, MeasuredIndex, RecallMetrics, VerifiedRecall } from "../vector-metrics.ts";

/** What is known about the quality of search: as verify measured it, as live traffic shows it, and by comparison. */
export async function readRecallMetrics(look: SharedLook): Promise<RecallMetrics> {
  const { metrics } = await look.schemas();
  return {
    verified: await readVerified(look),
    shadow: { share: env.VECTOR_SHADOW_READS, rows: await readShadowReads(look.db) },
    comparison: metrics ? await readComparison(look) : null,
    indexes: (await look.tables()).flatMap(measuredIndexes),
  };
}

function measuredIndexes({ table, catalog }: LookedAtTable): MeasuredIndex[] {
  const searched = searchedIndexOn(catalog, comparedColumns(table, catalog.phase).halfvec.name);
  return catalog.indexes.flatMap((index) => {
    const noted = notedTuning(index.comment);
    if (noted === null) return [];
    const { name } = index;
    const { tuning } = noted;
    const profile = profileOf(index);
    return [
      {
        table: table.name,
        index: name,
        profile,
        searched: name === searched?.name,
        outgrown: isOutgrown(tuning, catalog.rowEstimate),
        inUse: name === searched?.name && tuningInUse(profile, noted, catalog.rowEstimate) !== null,
        tuning,
      },
    ];
  });
}

async function readVerified(look: SharedLook): Promise<VerifiedRecall[]> {
  return (await look.verified()).map(({ table, verifiedAt, figures }) => ({
    table,
    verifiedAt: verifiedAt.toISOString(),
    k: figures.k,
    queries: figures.queries,
    recallVector: figures.recallVector,
    recallHalfvec: figures.recallHalfvec,
    largestSimilarityDifference: figures.largestSimilarityDifference,
  }));
}

async function readComparison({ db }: SharedLook): Promise<AccuracyComparison | null> {
  const { rows } = await db.query<{ figures: AccuracyComparison }>(
    "SELECT figures FROM vector_metrics.accuracy_comparisons ORDER BY id DESC LIMIT 1",
  );
  return rows[0]?.figures ?? null;
}
