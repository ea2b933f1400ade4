import type { ClientBase } from "pg";
import { toSql } from "pgvector";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import {
  type SearchedColumn,
  type SimilarityRow,
  searchStatement,
  similaritiesStatement,
} from "../../rag/similarity-sql.ts";
import { columnType, type TableCatalog } from "../catalog.ts";
import { inTransaction } from "../transaction.ts";
import type { Neighbour } from "./recall.ts";
import { keyText, type SampledQuery } from "./sample.ts";

/** A result of the app's search statement: its exact similarity, and the one that the search gave. */
export interface FoundNeighbour extends Neighbour {
  reported: number;
}

/**
 * Runs the app's own search statement on `column` for `query` and looks up the exact similarity of what it found
 * over `original`. The query's own row is left out.
 * @returns up to `k` results in the order of the search.
 */
export async function searchAsTheAppDoes(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  column: SearchedColumn,
  original: SearchedColumn,
  query: SampledQuery,
  k: number,
  efSearch: number,
): Promise<FoundNeighbour[]> {
  const { text, values } = searchStatement(table, column, { vector: query.vector, limit: k + 1, efSearch });
  const found = await client.query<SimilarityRow & Record<string, unknown>>(text, values);
  const reported = new Map<string, number>();
  for (const row of found.rows) {
    const key = keyText(table, row);
    if (row.similarity !== null && key !== query.key) reported.set(key, row.similarity);
  }
  const wanted = [...reported.keys()].slice(0, k);
  const keyTypes = Object.fromEntries(table.key.map((name) => [name, columnType(catalog, name) ?? "text"]));
  const exact = await client.query<Record<string, unknown> & { similarity: number }>(
    similaritiesStatement(table, original, keyTypes),
    [toSql(query.vector), `[${wanted.join(",")}]`],
  );
  const similarities = new Map(exact.rows.map((row) => [keyText(table, row), row.similarity]));
  // A row that was deleted between the two statements has no exact similarity, and is no result any more.
  return wanted.flatMap((key) => {
    const similarity = similarities.get(key);
    return similarity === undefined ? [] : [{ key, similarity, reported: reported.get(key) ?? similarity }];
  });
}

/** What the planner does with the app's search statement. */
export interface SearchPlan {
  /** The index that it uses, or null. */
  index: string | null;
  /** Whether it was told not to scan the table: for a table so small that the scan is rightly the faster way. */
  scanDisabled: boolean;
}

/** Plans the app's search statement on `column`, and where that is a sequential scan, once more without it. */
export async function planSearch(
  client: ClientBase,
  table: EmbeddingTable,
  column: SearchedColumn,
  query: SampledQuery,
  k: number,
  efSearch: number,
): Promise<SearchPlan> {
  const { text, values } = searchStatement(table, column, { vector: query.vector, limit: k, efSearch });
  const explain = async () => {
    const { rows } = await client.query<{ "QUERY PLAN": unknown }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
    return indexIn(rows[0]?.["QUERY PLAN"]);
  };
  const index = await explain();
  if (index !== null) return { index, scanDisabled: false };
  return inTransaction(client, async () => {
    await client.query("SET LOCAL enable_seqscan = off");
    return { index: await explain(), scanDisabled: true };
  });
}

/** The name of the ordering index scan anywhere in a plan. */
function indexIn(plan: unknown): string | null {
  if (typeof plan !== "object" || plan === null) return null;
  if ("Index Name" in plan && "Order By" in plan && typeof plan["Index Name"] === "string")
    return plan["Index Name"];
  for (const part of Object.values(plan)) {
    const found = indexIn(part);
    if (found) return found;
  }
  return null;
}
