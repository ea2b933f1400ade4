import type { ClientBase } from "pg";
import { toSql } from "pgvector";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type IndexProfile, notedTuning, tuningInUse } from "../../index-tuning.ts";
import type { OriginalColumn, SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { similaritiesStatement } from "../../rag/similarity-sql/exact-similarities.ts";
import { type SimilarityRow, searchStatement } from "../../rag/similarity-sql/nearest-rows.ts";
import { columnType, profileOf, searchedIndexOn, type TableCatalog } from "../catalog.ts";
import { inTransaction } from "../transaction.ts";
import type { Neighbour } from "./recall.ts";
import { keyText, type SampledQuery } from "./sample.ts";

/** A result of the app's search statement: its exact similarity, and the one that the search gave. */
export interface FoundNeighbour extends Neighbour {
  reported: number;
}

/** What the planner does with the app's search statement. */
export interface SearchPlan {
  /** The index that it uses, or null. */
  index: string | null;
  /** Whether it was told not to scan the table: for a table so small that the scan is rightly the faster way. */
  scanDisabled: boolean;
}

export interface ProbeSettings {
  /** Results of a search. */
  k: number;
  /** Rows that a scan keeps, `hnsw.ef_search`, where nothing else is measured for the index. */
  efSearch: number;
}

/** By which index a column is searched, and how many rows its scan keeps. */
export interface ProbedIndex {
  profile: IndexProfile;
  candidates: number;
}

/** How the app searches a column; undefined where no tuning counts. */
export function probedIndex(
  catalog: Pick<TableCatalog, "indexes" | "rowEstimate">,
  column: string,
): ProbedIndex | undefined {
  const index = searchedIndexOn(catalog, column);
  if (index === undefined) return undefined;
  const profile = profileOf(index);
  const tuning = tuningInUse(profile, notedTuning(index.comment), catalog.rowEstimate);
  return tuning === null ? undefined : { profile, candidates: tuning.candidates };
}

/** What a search found, and how long its statement took, in milliseconds. */
export interface TimedSearch {
  found: FoundNeighbour[];
  milliseconds: number;
}

/** Runs and plans the app's own search statement on one table, with one set of settings. */
export class SearchProbe {
  readonly #client: ClientBase;
  readonly #table: EmbeddingTable;
  readonly #original: OriginalColumn;
  readonly #keyTypes: Record<string, string>;
  readonly #settings: ProbeSettings & { iterativeScan: boolean };

  private constructor(
    client: ClientBase,
    table: EmbeddingTable,
    catalog: TableCatalog,
    original: OriginalColumn,
    settings: ProbeSettings & { iterativeScan: boolean },
  ) {
    this.#client = client;
    this.#table = table;
    this.#original = original;
    this.#keyTypes = Object.fromEntries(table.key.map((name) => [name, columnType(catalog, name) ?? "text"]));
    this.#settings = settings;
  }

  /** Results of a search. */
  get k(): number {
    return this.#settings.k;
  }

  /** Rows that a scan keeps where nothing else is measured for its index. */
  get efSearch(): number {
    return this.#settings.efSearch;
  }

  /** @param original the column whose similarities are the truth. */
  static async open(
    client: ClientBase,
    table: EmbeddingTable,
    catalog: TableCatalog,
    original: OriginalColumn,
    settings: ProbeSettings,
  ): Promise<SearchProbe> {
    // The setting is known once the library is loaded, which the first use of a vector does (pgvector 0.8.0 on).
    await client.query("SELECT '[1]'::vector");
    const { rows } = await client.query<{ known: boolean }>(
      "SELECT current_setting('hnsw.iterative_scan', true) IS NOT NULL AS known",
    );
    const iterativeScan = rows[0]?.known ?? false;
    return new SearchProbe(client, table, catalog, original, { ...settings, iterativeScan });
  }

  /**
   * Searches `column` through its index, and looks up the exact similarity of what was found over the originals. The
   * query's own row is left out.
   * @returns up to `k` results in the order of the search.
   */
  async search(column: SearchedColumn, query: SampledQuery, index?: ProbedIndex): Promise<TimedSearch> {
    const { text, values } = this.#statement(column, query, this.#settings.k + 1, index);
    const reported = new Map<string, number>();
    let milliseconds = 0;
    // One snapshot for both: a writer may change a row between them, and then its two similarities are of two values.
    const exact = await this.#throughTheIndex(async () => {
      const began = performance.now();
      const found = await this.#client.query<SimilarityRow & Record<string, unknown>>(text, values);
      milliseconds = performance.now() - began;
      for (const row of found.rows) {
        const key = keyText(this.#table, row);
        if (row.similarity !== null && key !== query.key) reported.set(key, row.similarity);
      }
      return this.#client.query<Record<string, unknown> & { similarity: number }>(
        similaritiesStatement(this.#table, this.#original, this.#keyTypes),
        [toSql(query.vector), `[${[...reported.keys()].join(",")}]`],
      );
    });
    const wanted = [...reported.keys()].slice(0, this.#settings.k);
    const similarities = new Map(exact.rows.map((row) => [keyText(this.#table, row), row.similarity]));
    const found = wanted.flatMap((key) => {
      const similarity = similarities.get(key);
      return similarity === undefined ? [] : [{ key, similarity, reported: reported.get(key) ?? similarity }];
    });
    return { found, milliseconds };
  }

  /** Plans the search on `column`, and where that is a sequential scan, once more without it. */
  async plan(column: SearchedColumn, query: SampledQuery, index?: ProbedIndex): Promise<SearchPlan> {
    const { text, values } = this.#statement(column, query, this.#settings.k, index);
    const explain = async () => {
      const { rows } = await this.#client.query<{ "QUERY PLAN": unknown }>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        values,
      );
      return indexIn(rows[0]?.["QUERY PLAN"]);
    };
    const taken = await explain();
    if (taken !== null) return { index: taken, scanDisabled: false };
    return { index: await this.#throughTheIndex(explain), scanDisabled: true };
  }

  #statement(column: SearchedColumn, query: SampledQuery, limit: number, index?: ProbedIndex) {
    const { iterativeScan } = this.#settings;
    const efSearch = index?.candidates ?? this.#settings.efSearch;
    // So many rows of a compact index, and not more for the query's own row.
    const compact = index?.profile === "compact" ? { k: limit, candidates: index.candidates } : undefined;
    return searchStatement(this.#table, column, {
      vector: query.vector,
      limit,
      efSearch,
      compact,
      iterativeScan,
    });
  }

  /** A small table would be scanned, which finds everything: it is the index that is measured. */
  #throughTheIndex<Result>(work: () => Promise<Result>): Promise<Result> {
    return inTransaction(this.#client, async () => {
      await this.#client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      await this.#client.query("SET LOCAL enable_seqscan = off");
      // Else the planner may read some hundred rows by their key and sort them.
      await this.#client.query("SET LOCAL enable_sort = off");
      return work();
    });
  }
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
