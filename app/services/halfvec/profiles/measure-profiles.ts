import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { INDEX_PROFILES, type IndexProfile, type IndexTuning, type TuningPoint } from "../../index-tuning.ts";
import {
  type CatalogIndex,
  profileIndexOn,
  readCatalog,
  type TableCatalog,
  validIndexOn,
} from "../catalog.ts";
import { throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { countEmbedded } from "../unconverted.ts";
import { type ComparedColumns, comparedColumns } from "../verify/compared-columns.ts";
import { earlierRecall } from "../verify/earlier-recall.ts";
import { exactNeighbours } from "../verify/exact-neighbours.ts";
import { SearchProbe } from "../verify/measure-search.ts";
import { mean, type Neighbour, recallAt } from "../verify/recall.ts";
import { type SampledQuery, sampleQueries } from "../verify/sample.ts";
import type { VerificationOptions } from "../verify/verify-table.ts";
import { tuneIndex } from "./tune-index.ts";

export interface MeasureOptions extends VerificationOptions {
  /** Mean recall@k to reach, 0 to 1; null: what the vector index had, less one point. */
  targetRecall: number | null;
}

export interface MeasuredProfile {
  index: CatalogIndex;
  curve: TuningPoint[];
  /** Null where no setting reaches the target. */
  tuning: IndexTuning | null;
}

export interface MeasuredProfiles {
  /** The recall that was to be reached, 0 to 1. */
  target: number;
  /** Each index that stands on the halfvec column. */
  profiles: Partial<Record<IndexProfile, MeasuredProfile>>;
}

/** What may be lost against the vector index: one point. */
export const MOST_LOSS = 0.01;

/**
 * Searches every index of the halfvec column with more and more candidates, on sampled rows of the table, until the recall is
 * reached. Reads the whole table once; no snapshot stands for longer than a part of that.
 *
 * @returns null for a table without rows that have a direction.
 */
export async function measureProfiles(
  client: ClientBase,
  table: EmbeddingTable,
  options: MeasureOptions,
  report: Report,
  signal: AbortSignal,
): Promise<MeasuredProfiles | null> {
  const catalog = await readCatalog(client, table);
  const columns = comparedColumns(table, catalog.phase);
  const step = (name: string) => (done: number, total: number) =>
    report({ event: "verify", table: table.name, step: name, done, total });
  await client.query("SET work_mem = '64MB'");
  const queries = await sampleQueries(client, table, columns, options.queries);
  if (queries.length === 0) return null;
  const rows = await countEmbedded(client, table);
  const { original, halfvec } = columns;
  const probe = await SearchProbe.open(client, table, catalog, original, options);
  const exact = await exactNeighbours(
    client,
    table,
    original,
    queries,
    options.k,
    step("exact search"),
    signal,
  );
  const measuredBefore = { client, table, catalog, columns, queries, exact, probe, signal };
  const target = options.targetRecall ?? Math.max(0, (await recallToKeep(measuredBefore)) - MOST_LOSS);
  const profiles: MeasuredProfiles["profiles"] = {};
  for (const profile of INDEX_PROFILES) {
    const index = profileIndexOn(catalog, profile, halfvec.name);
    if (index === undefined) continue;
    const progress = step(`recall of the ${profile} index`);
    const { curve, chosen } = await tuneIndex(
      probe,
      halfvec,
      profile,
      queries,
      exact,
      rows,
      target,
      progress,
      signal,
    );
    profiles[profile] = {
      index,
      curve,
      tuning: chosen && {
        k: options.k,
        candidates: chosen.candidates,
        target,
        queries: queries.length,
        rows,
        measuredAt: new Date().toISOString(),
        curve,
      },
    };
  }
  return { target, profiles };
}

interface Measurement {
  client: ClientBase;
  table: EmbeddingTable;
  catalog: TableCatalog;
  columns: ComparedColumns;
  queries: readonly SampledQuery[];
  exact: readonly (readonly Neighbour[])[];
  probe: SearchProbe;
  signal: AbortSignal;
}

/** The recall of the vector index: measured where it stands, else as it was measured last, else that of the halfvec index. */
async function recallToKeep({
  client,
  table,
  catalog,
  columns: { original, halfvec },
  queries,
  exact,
  probe,
  signal,
}: Measurement): Promise<number> {
  const stands = original.type === "vector" && original.fallback === undefined;
  if (!stands || validIndexOn(catalog, original.name) === undefined) {
    const { recallVector } = await earlierRecall(client, table);
    if (recallVector !== null) return recallVector;
  }
  const [column] = [original, halfvec].filter(({ name }) => validIndexOn(catalog, name) !== undefined);
  if (column === undefined) return 1;
  const recalls: number[] = [];
  for (const [place, query] of queries.entries()) {
    throwIfAborted(signal);
    recalls.push(recallAt(probe.k, exact[place] ?? [], await probe.search(column, query)));
  }
  return mean(recalls) ?? 1;
}
