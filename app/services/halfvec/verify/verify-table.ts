import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { chosenPoint, INDEX_PROFILES, type IndexTuning } from "../../index-tuning.ts";
import { profileIndexOn, readCatalog, searchedIndexOn, type TableCatalog } from "../catalog.ts";
import { RefusedError, sqlState } from "../errors.ts";
import type { Report, TunedProfile } from "../events.ts";
import { qualified } from "../identifiers.ts";
import { hasBookkeeping } from "../settings.ts";
import { readSetAside } from "../unconverted.ts";
import { checksOf } from "./checks.ts";
import { compareValues } from "./compare-values.ts";
import { type ComparedColumns, comparedColumns } from "./compared-columns.ts";
import type { VerificationFigures } from "./figures.ts";
import { SearchProof } from "./search-proof.ts";
import { MOST_LOSS, noteTuning } from "./tune-profile.ts";

export interface VerificationOptions {
  /** How many rows of the table serve as queries. */
  queries: number;
  /** k of recall@k. */
  k: number;
  /** `hnsw.ef_search` of the searches; what the app uses. */
  efSearch: number;
  /** Mean recall@k that an index is tuned to, 0 to 1; null: what the vector index has, less one point. */
  targetRecall: number | null;
}

export const VERIFICATION_DEFAULTS: VerificationOptions = {
  queries: 100,
  k: 10,
  efSearch: 100,
  targetRecall: null,
};

/** Not the owner of the index; renamed or dropped meanwhile. */
const CANNOT_NOTE: ReadonlySet<unknown> = new Set(["42501", "42P01", "42704"]);

/**
 * Proves the halfvec side of `table` and stores the result: every row converted, every value the cast of its original,
 * the index valid and taken by the app's own statement, recall not worse than the old index by two points. Where all of that is
 * so, the index is tuned: the fewest candidates that keep the recall are noted as its comment, and the app searches with them. A
 * table without rows passes. Reads the rows only; no snapshot stands for longer than one pass over the heap.
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
  const proof = await SearchProof.open(client, table, catalog, columns, options, step, signal);
  const judged = (found: Omit<VerificationFigures, "checks" | "seconds">): VerificationFigures => ({
    ...found,
    seconds: (performance.now() - began) / 1000,
    checks: checksOf(catalog, columns, found),
  });
  const before = judged({
    ...values,
    setAside: catalog.phase === "swapped" ? 0 : (await readSetAside(client, table, catalog)).length,
    ...(await proof.measure()),
  });
  const target = isGreen(before) ? targetOf(before, options) : null;
  const tuned = target === null ? [] : await tuneIndexes(proof, catalog, columns, target);
  const figures = judged({ ...before, ...searchedWith(tuned.find(({ searched }) => searched)?.tuning) });
  const ok = isGreen(figures);
  await client.query(
    `INSERT INTO halfvec_migration.verifications (table_schema, table_name, ok, figures, fingerprint)
     VALUES ($1, $2, $3, $4, $5)`,
    [table.schema, table.name, ok, JSON.stringify(figures), fingerprint],
  );
  report({ event: "verified", table: table.name, ok, figures });
  for (const profile of tuned) {
    if (profile.tuning !== null) await note(client, table, profile.index, profile.tuning, report);
    report({ event: "tuned", table: table.name, ...profile });
  }
  return { ok, figures };
}

function isGreen({ checks }: VerificationFigures): boolean {
  return checks.every((check) => check.ok);
}

/** The recall to tune to; null where nobody knows what the vector index had, and without a query. */
function targetOf(
  { queries, recallVector }: VerificationFigures,
  { targetRecall }: VerificationOptions,
): number | null {
  if (queries === 0) return null;
  return targetRecall ?? (recallVector === null ? null : Math.max(0, recallVector - MOST_LOSS));
}

/** Of the indexes that searches may take: a compact one that was not chosen is left alone. */
async function tuneIndexes(
  proof: SearchProof,
  catalog: TableCatalog,
  { halfvec }: ComparedColumns,
  target: number,
): Promise<TunedProfile[]> {
  const taken = searchedIndexOn(catalog, halfvec.name);
  const wanted = INDEX_PROFILES.filter(
    (profile) => profile === "halfvec" || profileIndexOn(catalog, profile, halfvec.name) === taken,
  );
  const measured = await proof.tune(target, wanted);
  return wanted.flatMap((profile) => {
    const one = measured[profile];
    if (one === undefined) return [];
    const { name, bytes } = one.index;
    return [{ ...one, profile, index: name, bytes, searched: name === taken?.name }];
  });
}

/** What searches have from now on. */
function searchedWith(
  tuning: IndexTuning | null | undefined,
): Partial<Pick<VerificationFigures, "efSearch" | "recallHalfvec" | "p95Halfvec">> {
  const point = tuning ? chosenPoint(tuning) : undefined;
  return point ? { efSearch: point.candidates, recallHalfvec: point.recall, p95Halfvec: point.p95 } : {};
}

/** What cannot be noted is no reason to stop: searches go on as they are. */
async function note(
  client: ClientBase,
  table: EmbeddingTable,
  index: string,
  tuning: IndexTuning,
  report: Report,
): Promise<void> {
  await noteTuning(client, table, index, tuning).catch((error: unknown) => {
    if (!CANNOT_NOTE.has(sqlState(error))) throw error;
    const message = `what was measured of ${index} could not be noted (${error instanceof Error ? error.message : error}), so searches go on as before`;
    report({ event: "warning", table: table.name, message });
  });
}

async function readFingerprint(client: ClientBase, table: EmbeddingTable): Promise<string | null> {
  if (!(await hasBookkeeping(client))) return null;
  const { rows } = await client.query<{ fingerprint: string }>(
    "SELECT halfvec_migration.fingerprint($1::regclass) AS fingerprint",
    [qualified(table)],
  );
  return rows[0]?.fingerprint ?? null;
}
