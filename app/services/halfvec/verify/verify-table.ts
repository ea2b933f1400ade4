import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { RefusedError } from "../errors.ts";
import type { Report } from "../events.ts";
import { qualified } from "../identifiers.ts";
import { hasBookkeeping } from "../settings.ts";
import { readSetAside } from "../unconverted.ts";
import { checksOf } from "./checks.ts";
import { compareValues } from "./compare-values.ts";
import { comparedColumns } from "./compared-columns.ts";
import { FEW_ROWS, type VerificationFigures } from "./figures.ts";
import { SearchProof } from "./search-proof.ts";
import { tuneSearches } from "./tune-searches.ts";

export interface VerificationOptions {
  /** How many queries between rows of the table are searched for. */
  queries: number;
  /** k of recall@k. */
  k: number;
  /** `hnsw.ef_search` of the searches; what the app uses. */
  efSearch: number;
  /** Mean recall@k that an index is tuned to, 0 to 1; null: what the vector index has, less one point. */
  targetRecall: number | null;
  /** Rows with an embedding from which on that is looked for and noted, where all is green; of fewer only what is noted already. */
  tunedFromRows: number;
}

export const VERIFICATION_DEFAULTS: VerificationOptions = {
  queries: 200,
  k: 10,
  efSearch: 100,
  targetRecall: null,
  // Of fewer a search looks at most in any case, and the next thousand rows may be unlike them.
  tunedFromRows: FEW_ROWS,
};

/**
 * Proves the halfvec side of `table` and stores the result: every row converted, every value the cast of its original,
 * the index valid and taken by the app's own statement, recall not worse than the old index by two points. Where all of that is
 * so, the index is tuned: the fewest candidates that keep the recall are noted as its comment, and the app searches with them. A
 * table without rows passes. Writes its result and that comment, no row; no snapshot stands for longer than one pass over the heap.
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
  const { tuned, warnings, searches } = await tuneSearches(
    client,
    table,
    catalog,
    columns,
    proof,
    before,
    options,
  );
  const figures = judged({ ...before, ...searches });
  const ok = figures.checks.every((check) => check.ok);
  await client.query(
    `INSERT INTO halfvec_migration.verifications (table_schema, table_name, ok, figures, fingerprint)
     VALUES ($1, $2, $3, $4, $5)`,
    [table.schema, table.name, ok, JSON.stringify(figures), fingerprint],
  );
  report({ event: "verified", table: table.name, ok, figures });
  for (const profile of tuned) report({ event: "tuned", table: table.name, ...profile });
  for (const message of warnings) report({ event: "warning", table: table.name, message });
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
