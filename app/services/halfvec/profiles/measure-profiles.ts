import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { INDEX_PROFILES, type IndexProfile } from "../../index-tuning.ts";
import { readCatalog, type TableCatalog, validIndexOn } from "../catalog.ts";
import type { Report } from "../events.ts";
import { countEmbedded } from "../unconverted.ts";
import { planCheck } from "../verify/checks.ts";
import { type ComparedColumns, comparedColumns } from "../verify/compared-columns.ts";
import { earlierRecall } from "../verify/earlier-recall.ts";
import type { VerificationCheck } from "../verify/figures.ts";
import { recallTarget } from "../verify/recall-target.ts";
import { type MeasuredProfiles, SearchProof } from "../verify/search-proof.ts";
import type { VerificationOptions } from "../verify/verify-table.ts";

export interface ProfileComparison {
  /** The recall that was to be reached, 0 to 1. */
  target: number;
  profiles: MeasuredProfiles;
  /** Whether searches would take the index that is asked for. */
  plan: VerificationCheck;
}

/**
 * Searches every index of the halfvec column with more and more candidates, for queries between sampled rows of the table, until the recall is
 * reached. Reads the whole table once; no snapshot stands for longer than a part of that.
 *
 * @returns null for a table without rows that have a direction.
 */
export async function measureProfiles(
  client: ClientBase,
  table: EmbeddingTable,
  options: VerificationOptions & { profile: IndexProfile },
  report: Report,
  signal: AbortSignal,
): Promise<ProfileComparison | null> {
  const catalog = await readCatalog(client, table);
  const columns = comparedColumns(table, catalog.phase);
  const step = (name: string) => (done: number, total: number) =>
    report({ event: "verify", table: table.name, step: name, done, total });
  await client.query("SET work_mem = '64MB'");
  const proof = await SearchProof.open(client, table, catalog, columns, options, step, signal);
  if (proof.queries === 0) return null;
  const { targetRecall } = options;
  const before = targetRecall === null ? await recallToKeep(client, table, catalog, columns, proof) : 1;
  const target = recallTarget(targetRecall, before);
  const rows = await countEmbedded(client, table);
  const profiles = await proof.tune(target, rows, INDEX_PROFILES);
  const { profile } = options;
  const asked = profiles[profile];
  const candidates = asked?.tuning?.candidates ?? options.efSearch;
  const searchPlan = await proof.planOf({ profile, candidates });
  return { target: target.recall, profiles, plan: planCheck(asked?.index, { searchPlan, rows }) };
}

/** The recall of the vector index: measured where it stands, else as it was measured last, else that of the halfvec index. */
async function recallToKeep(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  { original, halfvec }: ComparedColumns,
  proof: SearchProof,
): Promise<number> {
  const stands = original.type === "vector" && original.fallback === undefined;
  if (!stands || validIndexOn(catalog, original.name) === undefined) {
    const { recallVector } = await earlierRecall(client, table);
    if (recallVector !== null) return recallVector;
  }
  const column = [original, halfvec].find(({ name }) => validIndexOn(catalog, name) !== undefined);
  return column === undefined ? 1 : proof.recallOf(column);
}
