import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import {
  type CatalogIndex,
  CLEAR_BACKUP,
  KEEP_TWIN,
  readCatalog,
  searchedIndexOn,
  type TableCatalog,
} from "../catalog.ts";
import { RefusedError } from "../errors.ts";
import type { Report } from "../events.ts";
import { qualified } from "../identifiers.ts";
import { plural } from "../plural.ts";
import { hasBookkeeping } from "../settings.ts";
import { readSetAside } from "../unconverted.ts";
import { compareValues } from "./compare-values.ts";
import { type ComparedColumns, comparedColumns } from "./compared-columns.ts";
import { earlierRecall } from "./earlier-recall.ts";
import {
  FEW_ROWS,
  MOST_RECALL_LOSS,
  MOST_SIMILARITY_DIFFERENCE,
  type VerificationCheck,
  type VerificationFigures,
} from "./figures.ts";
import { measureRecall } from "./measure-recall.ts";
import { probedIndex, SearchProbe } from "./measure-search.ts";
import { type SampledQuery, sampleQueries } from "./sample.ts";

export interface VerificationOptions {
  /** How many rows of the table serve as queries. */
  queries: number;
  /** k of recall@k. */
  k: number;
  /** `hnsw.ef_search` of the searches; what the app uses. */
  efSearch: number;
}

export const VERIFICATION_DEFAULTS: VerificationOptions = { queries: 100, k: 10, efSearch: 100 };

/**
 * Proves the halfvec side of `table` and stores the result: every row converted, every value the cast of its original,
 * the index valid and taken by the app's own statement, recall not worse than the old index by two points. A
 * table without rows passes. Only reads; no snapshot stands for
 * longer than one pass over the heap.
 *
 * @throws RefusedError where there is nothing to compare: no twin yet, or no backup any more.
 */
export async function verifyTable(
  client: ClientBase,
  table: EmbeddingTable,
  options: VerificationOptions,
  report: Report,
  signal: AbortSignal,
): Promise<{ ok: boolean; figures: VerificationFigures }> {
  const began = performance.now();
  // Before anything is looked at: where trigger or index change meanwhile, the proof is of something else.
  const fingerprint = await readFingerprint(client, table);
  const catalog = await readCatalog(client, table);
  if (catalog.phase !== "expanded" && catalog.phase !== "indexed" && catalog.phase !== "swapped") {
    throw new RefusedError(
      `${table.name} cannot be verified: it has no two columns to compare (it is ${catalog.phase})`,
    );
  }
  const columns = comparedColumns(table, catalog.phase);
  const step = (name: string) => (done: number, total: number) =>
    report({ event: "verify", table: table.name, step: name, done, total });
  await client.query("SET work_mem = '64MB'");
  const values = await compareValues(client, table, columns, step("values"), signal);
  const queries = await sampleQueries(client, table, columns, options.queries);
  const search = await measureSearch(client, table, catalog, columns, queries, options, step, signal);
  const figures: VerificationFigures = {
    ...values,
    setAside: catalog.phase === "swapped" ? 0 : (await readSetAside(client, table, catalog)).length,
    queries: queries.length,
    ...search,
    k: options.k,
    efSearch: probedIndex(searchedIndexOn(catalog, columns.halfvec.name))?.candidates ?? options.efSearch,
    seconds: (performance.now() - began) / 1000,
    checks: [],
  };
  figures.checks = checksOf(catalog, columns, figures);
  const ok = figures.checks.every((check) => check.ok);
  await client.query(
    `INSERT INTO halfvec_migration.verifications (table_schema, table_name, ok, figures, fingerprint)
     VALUES ($1, $2, $3, $4, $5)`,
    [table.schema, table.name, ok, JSON.stringify(figures), fingerprint],
  );
  report({ event: "verified", table: table.name, ok, figures });
  return { ok, figures };
}

async function readFingerprint(client: ClientBase, table: EmbeddingTable): Promise<string | null> {
  if (!(await hasBookkeeping(client))) return null;
  const { rows } = await client.query<{ fingerprint: string }>(
    "SELECT halfvec_migration.fingerprint($1::regclass) AS fingerprint",
    [qualified(table)],
  );
  return rows[0]?.fingerprint ?? null;
}

type SearchFigures = Pick<
  VerificationFigures,
  "recallVector" | "recallVectorOf" | "recallHalfvec" | "largestSimilarityDifference" | "searchPlan"
>;

async function measureSearch(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  { original, halfvec }: ComparedColumns,
  queries: readonly SampledQuery[],
  settings: VerificationOptions,
  step: (name: string) => (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<SearchFigures> {
  const [first] = queries;
  if (!first) {
    return {
      recallVector: null,
      recallVectorOf: null,
      recallHalfvec: null,
      largestSimilarityDifference: null,
      searchPlan: null,
    };
  }
  const probe = await SearchProbe.open(client, table, catalog, original, settings);
  const columns = { original, halfvec };
  const recall = await measureRecall(client, table, catalog, columns, queries, probe, step, signal);
  return {
    ...recall,
    ...(recall.recallVector === null ? await earlierRecall(client, table) : { recallVectorOf: null }),
    searchPlan: await probe.plan(halfvec, first, probedIndex(searchedIndexOn(catalog, halfvec.name))),
  };
}

function checksOf(
  catalog: TableCatalog,
  { halfvec }: ComparedColumns,
  figures: VerificationFigures,
): VerificationCheck[] {
  const index = searchedIndexOn(catalog, halfvec.name);
  const trigger = catalog.phase === "swapped" ? CLEAR_BACKUP : KEEP_TWIN;
  const checks: VerificationCheck[] = [
    {
      name: "converted",
      ok: figures.unconverted === 0,
      detail: `${figures.unconverted} of ${figures.rows} ${plural(figures.rows, "row")} unconverted${adviceOnUnconverted(figures)}`,
    },
    {
      name: "values",
      ok: figures.differing === 0,
      detail: `${figures.differing} of ${figures.compared} ${plural(figures.compared, "row differs from the cast", "rows differ from the cast")}`,
    },
    {
      name: "index",
      ok: index !== undefined,
      detail: index ? `${index.name} is valid` : `no valid HNSW index on ${halfvec.name}`,
    },
    {
      name: "trigger",
      ok: catalog.triggers.includes(trigger),
      detail: `${trigger} ${catalog.triggers.includes(trigger) ? "is enabled" : "is missing or disabled"}`,
    },
  ];
  if (figures.queries === 0) return checks;
  // Without an old index to compare with, exact search is the measure.
  const loss = (figures.recallVector ?? 1) - (figures.recallHalfvec ?? 0);
  const percent = (share: number | null) =>
    share === null ? "not measured" : `${(share * 100).toFixed(2)} %`;
  checks.push(
    {
      name: "recall",
      ok: figures.recallHalfvec !== null && loss < MOST_RECALL_LOSS,
      detail: `recall@${figures.k} ${percent(figures.recallHalfvec)}, with the vector index ${percent(figures.recallVector)}${figures.recallVectorOf ? ` (on ${figures.recallVectorOf.slice(0, 10)})` : ""}, ${figures.queries} ${plural(figures.queries, "query", "queries")}`,
    },
    {
      name: "similarity",
      ok: (figures.largestSimilarityDifference ?? 1) < MOST_SIMILARITY_DIFFERENCE,
      detail: `largest difference ${figures.largestSimilarityDifference?.toExponential(1) ?? "not measured"}, below ${MOST_SIMILARITY_DIFFERENCE} allowed`,
    },
    planCheck(index, figures),
  );
  return checks;
}

function adviceOnUnconverted({ unconverted, setAside }: VerificationFigures): string {
  if (unconverted === 0) return "";
  if (setAside === 0) return "; to convert them: npm run migrate:halfvec -- convert";
  return `, ${setAside} of them set aside because halfvec cannot hold them; correct or empty these (npm run migrate:halfvec -- status names them) and run again`;
}

function planCheck(
  index: CatalogIndex | undefined,
  { searchPlan, rows }: VerificationFigures,
): VerificationCheck {
  const taken = index !== undefined && searchPlan?.index === index.name;
  const ok = taken && (!searchPlan.scanDisabled || rows <= FEW_ROWS);
  const detail = !taken
    ? "the search statement cannot use the index"
    : !searchPlan.scanDisabled
      ? `the search statement uses ${index.name}`
      : `a table this small (rows: ${rows}) is scanned faster than the index is read; the search statement can use ${index.name}`;
  return {
    name: "plan",
    ok,
    detail:
      ok || !taken ? detail : `the search statement scans all ${rows} rows instead of using ${index.name}`,
  };
}
