import {
  type CatalogIndex,
  CLEAR_BACKUP,
  KEEP_TWIN,
  searchedIndexOn,
  type TableCatalog,
} from "../catalog.ts";
import { plural } from "../plural.ts";
import type { ComparedColumns } from "./compared-columns.ts";
import {
  FEW_ROWS,
  MOST_RECALL_LOSS,
  MOST_SIMILARITY_DIFFERENCE,
  type VerificationCheck,
  type VerificationFigures,
} from "./figures.ts";

/** Holds what was measured against what is allowed. */
export function checksOf(
  catalog: TableCatalog,
  { halfvec }: ComparedColumns,
  figures: Omit<VerificationFigures, "checks" | "seconds">,
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

function adviceOnUnconverted({
  unconverted,
  setAside,
}: Pick<VerificationFigures, "unconverted" | "setAside">): string {
  if (unconverted === 0) return "";
  if (setAside === 0) return "; to convert them: npm run migrate:halfvec -- convert";
  return `, ${setAside} of them set aside because halfvec cannot hold them; correct or empty these (npm run migrate:halfvec -- status names them) and run again`;
}

/** Whether the app's search statement takes an index, by the planner of the server. */
export function planCheck(
  index: Pick<CatalogIndex, "name"> | undefined,
  { searchPlan, rows }: Pick<VerificationFigures, "searchPlan" | "rows">,
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
