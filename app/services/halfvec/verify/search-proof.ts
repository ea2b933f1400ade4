import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type IndexProfile, type IndexTuning, notedTuning, type TuningPoint } from "../../index-tuning.ts";
import type { SearchedColumn } from "../../rag/similarity-sql/embedding-column.ts";
import { type CatalogIndex, profileIndexOn, type TableCatalog } from "../catalog.ts";
import type { ComparedColumns } from "./compared-columns.ts";
import { earlierRecall } from "./earlier-recall.ts";
import { exactNeighbours } from "./exact-neighbours.ts";
import type { VerificationFigures } from "./figures.ts";
import { measureRecall } from "./measure-recall.ts";
import { type ProbedIndex, probedIndex, type SearchPlan, SearchProbe } from "./measure-search.ts";
import { type KnownQueries, measureSearches } from "./measure-searches.ts";
import type { RecallTarget } from "./recall-target.ts";
import { sampleQueries } from "./sample.ts";
import { tuneIndex } from "./tune-index.ts";
import type { VerificationOptions } from "./verify-table.ts";

type Step = (name: string) => (done: number, total: number) => void;

export interface MeasuredProfile {
  index: CatalogIndex;
  curve: TuningPoint[];
  /** Null where no setting reaches the target. */
  tuning: IndexTuning | null;
}

/** Each index that stands on the halfvec column. */
export type MeasuredProfiles = Partial<Record<IndexProfile, MeasuredProfile>>;

/** What is measured of the searches of a table. */
type SearchFigures = Pick<
  VerificationFigures,
  | "queries"
  | "k"
  | "efSearch"
  | "recallVector"
  | "recallVectorOf"
  | "p95Vector"
  | "recallHalfvec"
  | "p95Halfvec"
  | "largestSimilarityDifference"
  | "searchPlan"
>;

const NOTHING = {
  recallVector: null,
  recallVectorOf: null,
  p95Vector: null,
  recallHalfvec: null,
  p95Halfvec: null,
  largestSimilarityDifference: null,
  searchPlan: null,
};

/** Queries between sampled rows of a table, with their true neighbours over the originals: what its searches are held against. */
export class SearchProof {
  readonly #client: ClientBase;
  readonly #table: EmbeddingTable;
  readonly #catalog: TableCatalog;
  readonly #columns: ComparedColumns;
  readonly #options: VerificationOptions;
  readonly #probe: SearchProbe;
  readonly #known: KnownQueries;
  readonly #step: Step;
  readonly #signal: AbortSignal;

  private constructor(
    client: ClientBase,
    table: EmbeddingTable,
    catalog: TableCatalog,
    columns: ComparedColumns,
    options: VerificationOptions,
    probe: SearchProbe,
    known: KnownQueries,
    step: Step,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#table = table;
    this.#catalog = catalog;
    this.#columns = columns;
    this.#options = options;
    this.#probe = probe;
    this.#known = known;
    this.#step = step;
    this.#signal = signal;
  }

  /** Reads the whole table once. */
  static async open(
    client: ClientBase,
    table: EmbeddingTable,
    catalog: TableCatalog,
    columns: ComparedColumns,
    options: VerificationOptions,
    step: Step,
    signal: AbortSignal,
  ): Promise<SearchProof> {
    const { original } = columns;
    const probe = await SearchProbe.open(client, table, catalog, original, options);
    const queries = await sampleQueries(client, table, columns, options.queries);
    const exact =
      queries.length === 0
        ? []
        : await exactNeighbours(client, table, original, queries, options.k, step("exact search"), signal);
    return new SearchProof(client, table, catalog, columns, options, probe, { queries, exact }, step, signal);
  }

  /** How many queries there are; 0 for a table without rows that have a direction. */
  get queries(): number {
    return this.#known.queries.length;
  }

  /** As the app searches now. */
  async measure(): Promise<SearchFigures> {
    const { k, efSearch } = this.#options;
    const { halfvec } = this.#columns;
    const index = probedIndex(this.#catalog, halfvec.name);
    const settings = { queries: this.queries, k, efSearch: index?.candidates ?? efSearch };
    const [first] = this.#known.queries;
    if (!first) return { ...settings, ...NOTHING };
    const recall = await measureRecall(
      this.#catalog,
      this.#columns,
      this.#probe,
      this.#known,
      this.#step("searches"),
      this.#signal,
    );
    const earlier =
      recall.recallVector === null
        ? await earlierRecall(this.#client, this.#table)
        : { recallVectorOf: null };
    const searchPlan = await this.#probe.plan(halfvec, first, index);
    return { ...settings, ...recall, ...earlier, searchPlan };
  }

  /** What the planner does with a search of the halfvec column by an index. Null without a query. */
  async planOf(index: ProbedIndex): Promise<SearchPlan | null> {
    const [first] = this.#known.queries;
    return first === undefined ? null : this.#probe.plan(this.#columns.halfvec, first, index);
  }

  /** Mean recall@k of the searches of a column by its index on whole values, as the app is set. */
  async recallOf(column: SearchedColumn): Promise<number> {
    return (await measureSearches(this.#probe, column, this.#known, undefined, this.#signal)).recall;
  }

  /**
   * Finds the fewest candidates with which each index of the halfvec column has the recall.
   * @param rows of the table, with an embedding
   */
  async tune(
    target: RecallTarget,
    rows: number,
    profiles: readonly IndexProfile[],
  ): Promise<MeasuredProfiles> {
    const measured: MeasuredProfiles = {};
    for (const profile of profiles) {
      const index = profileIndexOn(this.#catalog, profile, this.#columns.halfvec.name);
      if (index === undefined) continue;
      const { curve, chosen } = await tuneIndex(
        this.#probe,
        this.#columns.halfvec,
        profile,
        this.#known,
        { rows, target: target.recall },
        this.#step(`recall of the ${profile} index`),
        this.#signal,
      );
      const tuning = chosen && {
        k: this.#probe.k,
        candidates: chosen.candidates,
        target: target.recall,
        chosenTarget: target.chosen,
        queries: this.queries,
        rows,
        rowEstimate: this.#catalog.rowEstimate > 0 ? this.#catalog.rowEstimate : null,
        measuredAt: new Date().toISOString(),
        buildSeconds: notedTuning(index.comment)?.tuning.buildSeconds ?? null,
        curve,
      };
      measured[profile] = { index, curve, tuning };
    }
    return measured;
  }
}
