import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type IndexTuning, type NotedTuning, tuningComment } from "../../index-tuning.ts";
import { type CatalogIndex, readCatalog } from "../catalog.ts";
import { sqlState } from "../errors.ts";
import { quoted } from "../identifiers.ts";
import { inTransaction } from "../transaction.ts";

/** How long others may wait behind the lock of a COMMENT, and it for them. */
const LOCK_TIMEOUT = "2s";

/** SQLSTATEs of a COMMENT that cannot be: not the owner, held by others, read only, renamed or dropped meanwhile. */
const CANNOT_NOTE: ReadonlySet<unknown> = new Set(["42501", "55P03", "25006", "42P01", "42704"]);

/**
 * Writes down what was measured of an index, as its comment, where the app reads it; null takes that back.
 * @throws the error of the server where it cannot, after two seconds where others hold the index.
 */
export async function noteTuning(
  client: ClientBase,
  table: EmbeddingTable,
  index: string,
  noted: NotedTuning | null,
): Promise<void> {
  const text = noted === null ? "NULL" : client.escapeLiteral(tuningComment(noted));
  await inTransaction(client, async () => {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`COMMENT ON INDEX ${quoted(table.schema)}.${quoted(index)} IS ${text}`);
  });
}

/**
 * The same where the index is as it was when it was measured: somebody may have chosen another one since.
 * @returns why it was not noted, for a person; null where it was.
 */
export async function noteTuningUnlessChanged(
  client: ClientBase,
  table: EmbeddingTable,
  measured: Pick<CatalogIndex, "name" | "comment">,
  tuning: IndexTuning,
): Promise<string | null> {
  const { indexes } = await readCatalog(client, table);
  const now = indexes.find(({ name, valid }) => name === measured.name && valid);
  if (now === undefined || now.comment !== measured.comment)
    return "it was dropped, or chosen anew, meanwhile";
  try {
    await noteTuning(client, table, measured.name, { tuning, counts: true });
    return null;
  } catch (error) {
    if (!CANNOT_NOTE.has(sqlState(error))) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}
