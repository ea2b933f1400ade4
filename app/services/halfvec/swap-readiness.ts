import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { readStatus } from "./status.ts";
import { hasEmbeddings } from "./unconverted.ts";

/**
 * What each table lacks before the columns may be swapped, as sentences; none where all is ready. The guards of the
 * migration say the last word: this is to know before anybody is asked.
 */
export async function missingForSwap(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<string[]> {
  const { tables: statuses } = await readStatus(client, tables);
  const missing: string[] = [];
  for (const [index, { table, phase, verification }] of statuses.entries()) {
    const described = tables[index];
    if (phase === "absent" || phase === "baseline") missing.push(`${table} has no halfvec column`);
    else if (phase === "expanded") missing.push(`${table} has no valid index on its halfvec column`);
    else if (verification?.ok === false) missing.push(`the last verify of ${table} was red`);
    else if (!verification && described && (await hasEmbeddings(client, described)))
      missing.push(`${table} is not verified`);
  }
  return missing;
}
