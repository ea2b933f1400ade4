import { createHash } from "node:crypto";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { DATABASE_ROW_EMBEDDINGS } from "../../embedding-tables.ts";
import { embedPending, replaceEntities } from "../embedding-generation.server.ts";
import { embeddingTransaction } from "../embeddings/embedding-transaction.server.ts";
import { type DatabaseRowText, databaseRowRows } from "../embeddings/entity-rows.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { storableJson } from "../embeddings/storable-json.ts";
import { cutAt } from "./chunks.ts";
import { type ImportOptions, type ImportResult, importMarkdown } from "./import-markdown.server.ts";
import { checkImportOptions } from "./import-options.ts";
import { type PackageDescription, packageDocuments, readPackages } from "./package-catalog.server.ts";
import { ensureWorkspace } from "./page-rows.server.ts";

export interface PackagesImportResult extends ImportResult {
  /** Rows of the database of packages that are new or changed, each with an embedding. */
  readonly databaseRows: number;
}

/** The share of the limit that goes to the packages' descriptions; the rest is for their documents. */
const ROW_SHARE = 0.25;

const ROWS_PER_TRANSACTION = 64;

/**
 * Imports what a project has on its disk anyway: the Markdown documents of its packages and its own as pages, blocks
 * and documents, and the packages' descriptions as the rows of a database "Packages".
 * @param project folder that has `node_modules`
 * @see importMarkdown
 */
export async function importPackages(project: string, options: ImportOptions): Promise<PackagesImportResult> {
  checkImportOptions(options);
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const packages = (await readPackages(project)).filter(({ description }) => description !== "");
  const chosen = packages.slice(0, Math.floor(Math.min(packages.length, limit * ROW_SHARE)));
  const databaseRows = await importRows(chosen, options);
  const documents = await packageDocuments(project);
  const pages = await importMarkdown(documents, { ...options, limit: limit - chosen.length });
  return { ...pages, databaseRows };
}

async function importRows(packages: readonly PackageDescription[], options: ImportOptions): Promise<number> {
  const { database = pool, provider = embeddingProvider(), signal } = options;
  const workspaceId = await ensureWorkspace(
    database,
    options.workspace,
    stableId("workspace", options.workspace),
  );
  const databaseId = stableId("database", workspaceId, "Packages");
  await database.query(
    "INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, 'Packages') ON CONFLICT (id) DO NOTHING",
    [databaseId, workspaceId],
  );
  const rows = packages.map((description) => {
    const text = cutAt(textOf(description), provider.inputCharacters);
    const hash = createHash("sha256")
      .update(JSON.stringify([description, text, provider.model]))
      .digest("hex");
    return { id: stableId("database row", databaseId, description.name), description, text, hash };
  });
  const known = await importedRowHashes(database, databaseId);
  const changed = rows.filter(({ id, hash }) => known.get(id) !== hash);
  let done = 0;
  while (done < changed.length) {
    signal?.throwIfAborted();
    const group = changed.slice(done, done + ROWS_PER_TRANSACTION);
    const texts = group.map(
      ({ id, text, hash }): DatabaseRowText => ({
        rowId: id,
        databaseId,
        workspaceId,
        chunks: [{ text, metadata: { hash } }],
      }),
    );
    const embedded = await embedPending(texts.map(databaseRowRows), { provider, signal });
    await embeddingTransaction(database, [DATABASE_ROW_EMBEDDINGS], async (client, typeOf) => {
      await writeRows(client, databaseId, group);
      await replaceEntities(client, typeOf, DATABASE_ROW_EMBEDDINGS, embedded);
    });
    done += group.length;
    const total = changed.length;
    options.onProgress?.({ phase: "rows", done, total, texts: done, textsTotal: total });
  }
  return changed.length;
}

async function importedRowHashes(database: pg.Pool, databaseId: string): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: string; hash: string }>(
    `SELECT r.id, e.metadata ->> 'hash' AS hash
     FROM database_rows r JOIN database_row_embeddings e ON e.row_id = r.id
     WHERE r.database_id = $1 AND e.metadata ? 'hash'`,
    [databaseId],
  );
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

async function writeRows(
  client: pg.ClientBase,
  databaseId: string,
  rows: readonly { id: string; description: PackageDescription }[],
): Promise<void> {
  await client.query(
    `INSERT INTO database_rows (id, database_id, properties)
     SELECT id, $1, properties FROM json_to_recordset($2::json) AS r(id uuid, properties jsonb)
     ON CONFLICT (id) DO UPDATE SET properties = excluded.properties, updated_at = now()`,
    [databaseId, storableJson(rows.map(({ id, description }) => ({ id, properties: description })))],
  );
}

function textOf({ name, description, keywords, license }: PackageDescription): string {
  const lines = [`${name}: ${description}`];
  if (keywords.length > 0) lines.push(`Keywords: ${keywords.join(", ")}`);
  if (license !== "") lines.push(`License: ${license}`);
  return lines.join("\n");
}
