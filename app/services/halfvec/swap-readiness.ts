import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { KEEP_TWIN, readCatalog, type TableCatalog } from "./catalog.ts";
import { findDependents } from "./dependents/find-dependents.ts";
import { readVerification } from "./status.ts";
import { hasEmbeddings } from "./unconverted.ts";

/**
 * What each table lacks before the columns may be swapped, and what the swap would break, as sentences; none where all
 * is ready. The guards of the migration say the last word: this is to know before anybody is asked.
 */
export async function missingForSwap(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const table of tables) {
    const catalog = await readCatalog(client, table);
    if (catalog.phase === "swapped" || catalog.phase === "contracted") continue;
    const lack = await missingIn(client, table, catalog);
    if (lack !== null) missing.push(lack);
    for (const { effect, message } of await findDependents(client, table, table.column, "swap")) {
      if (effect === "breaks") missing.push(message);
    }
  }
  return missing;
}

async function missingIn(
  client: ClientBase,
  table: EmbeddingTable,
  { phase, triggers }: TableCatalog,
): Promise<string | null> {
  if (phase === "absent" || phase === "baseline") return `${table.name} has no halfvec column`;
  if (phase === "expanded") return `${table.name} has no valid index on its halfvec column`;
  if (!triggers.includes(KEEP_TWIN)) {
    return `the trigger ${KEEP_TWIN} of ${table.name} is missing, disabled or not ENABLE ALWAYS`;
  }
  const verification = await readVerification(client, table);
  if (verification?.ok === false) return `the last verify of ${table.name} was red`;
  if (!(await hasEmbeddings(client, table))) return null;
  if (!verification) return `${table.name} is not verified`;
  if (!verification.current) return `${table.name} is not verified since its trigger or index changed`;
  return null;
}
