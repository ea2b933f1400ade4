import type { ClientBase } from "pg";
import { env } from "../../../env.server.ts";
import { searchedIndexOn } from "../../halfvec/catalog.ts";
import { type Connections, openConnections } from "../../halfvec/connections.ts";
import { RefusedError } from "../../halfvec/errors.ts";
import { comparedColumns } from "../../halfvec/verify/compared-columns.ts";
import { exactNeighbours } from "../../halfvec/verify/exact-neighbours.ts";
import { type MeasuredColumns, measureRecall } from "../../halfvec/verify/measure-recall.ts";
import { SearchProbe } from "../../halfvec/verify/measure-search.ts";
import { VERIFICATION_DEFAULTS } from "../../halfvec/verify/verify-table.ts";
import { type LookedAtTable, lookAt } from "../snapshot/shared-look.server.ts";
import { readStorageMetrics } from "../storage/storage-metrics.server.ts";
import type { AccuracyComparison, TableAccuracy } from "../vector-metrics.ts";
import { readTestQueries } from "./test-queries.server.ts";
import { weightedRecall } from "./weighted-recall.ts";

const { k } = VERIFICATION_DEFAULTS;
const NEVER = new AbortController().signal;

/**
 * Searches both columns of every table for the stored test queries, measures recall@10 of each against exact search over
 * the original values, and stores the result. Reads every table once, on connections of its own: minutes, where a
 * table has millions of rows.
 *
 * @throws RefusedError where no table has its original values any more. InterruptedError when `signal` is aborted.
 */
export async function compareSearchAccuracy({
  connections,
  signal = NEVER,
}: {
  connections?: Connections;
  signal?: AbortSignal;
} = {}): Promise<AccuracyComparison> {
  const opened = connections ?? (await openConnections(env.DATABASE_URL));
  return opened.use("compare", async (client) => {
    const look = lookAt(client);
    const original = (await look.tables()).filter(hasOriginals);
    if (original.length === 0) {
      throw new RefusedError(
        "there is nothing to compare with: no table has its original vector values any more",
      );
    }
    await client.query("SET work_mem = '64MB'");
    const tables: TableAccuracy[] = [];
    for (const table of original) tables.push(await compareTable(client, table, signal));
    const { reduction } = (await readStorageMetrics(look)).total;
    const comparison: AccuracyComparison = {
      comparedAt: new Date().toISOString(),
      tables,
      recallVector: weightedRecall(tables, "recallVector"),
      recallHalfvec: weightedRecall(tables, "recallHalfvec"),
      storageReduction: reduction?.now.total ?? null,
      indexReduction: reduction?.now.index ?? null,
    };
    await client.query(
      "INSERT INTO vector_metrics.accuracy_comparisons (compared_at, figures) VALUES ($1, $2)",
      [comparison.comparedAt, JSON.stringify(comparison)],
    );
    return comparison;
  });
}

async function compareTable(
  client: ClientBase,
  { table, catalog }: LookedAtTable,
  signal: AbortSignal,
): Promise<TableAccuracy> {
  const { original, halfvec } = comparedColumns(table, catalog.phase);
  const queries = await readTestQueries(client, table, original);
  const counted = { table: table.name, queries: queries.length, k };
  if (queries.length === 0) {
    return { ...counted, recallVector: null, recallHalfvec: null, largestSimilarityDifference: null };
  }
  const settings = { k, efSearch: env.HNSW_EF_SEARCH };
  const probe = await SearchProbe.open(client, table, catalog, original, settings);
  const columns: MeasuredColumns = {
    original,
    halfvec: searchedIndexOn(catalog, halfvec.name) ? halfvec : null,
  };
  const unheard = () => undefined;
  const exact = await exactNeighbours(client, table, original, queries, k, unheard, signal);
  const known = { queries, exact };
  const { recallVector, recallHalfvec, largestSimilarityDifference } = await measureRecall(
    catalog,
    columns,
    probe,
    known,
    unheard,
    signal,
  );
  return { ...counted, recallVector, recallHalfvec, largestSimilarityDifference };
}

/** Whether a table still has its vector values to compare with. */
export function hasOriginals({ catalog: { phase } }: LookedAtTable): boolean {
  return phase !== "absent" && phase !== "contracted";
}
