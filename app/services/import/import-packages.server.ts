import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { DATABASE_ROW_EMBEDDINGS } from "../../embedding-tables.ts";
import { nextVersion } from "../content/edit-version.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { storableJson } from "../embeddings/storable-json.ts";
import { forgetFailures } from "../indexing/claimed-job.server.ts";
import { embedRows } from "../indexing/index-entity.server.ts";
import { chunkingFor, type EntityPlan, planEntity } from "../indexing/plan-entity.ts";
import type { EntityName } from "../indexing/read-entity.server.ts";
import { syncEntity } from "../indexing/sync-entity.server.ts";
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
  const chunking = chunkingFor(provider);
  const rows: PlannedRowOfPackage[] = [];
  for (const description of packages) {
    const name = {
      type: "rows",
      workspaceId,
      id: stableId("database row", databaseId, description.name),
    } as const;
    const entity = { type: "rows", databaseId, properties: { ...description } } as const;
    rows.push({ name, description, plan: await planEntity(name, entity, chunking) });
  }
  const changed = await changedRows(database, databaseId, rows);
  let [done, written] = [0, 0];
  while (done < changed.length) {
    signal?.throwIfAborted();
    const group = changed.slice(done, done + ROWS_PER_TRANSACTION);
    const vectors = new Map<string, number[]>();
    await embedRows(
      group.flatMap(({ plan }) => plan.rows),
      provider,
      vectors,
      signal,
    );
    await embeddingTransaction(database, [DATABASE_ROW_EMBEDDINGS], async (client, typeOf) => {
      await lockEntities(
        client,
        group.flatMap(({ plan }) => plan.lockedIds),
      );
      const edited = await editedRows(client, databaseId, "FOR NO KEY UPDATE");
      const rows = group.filter(({ name }) => !edited.has(name.id));
      await writeRows(client, databaseId, rows);
      for (const { name, plan } of rows) await syncEntity(client, typeOf, name, plan, vectors);
      await forgetFailures(
        client,
        rows.map(({ name }) => name),
      );
      written += rows.length;
    });
    done += group.length;
    const total = changed.length;
    options.onProgress?.({ phase: "rows", done, total, texts: done, textsTotal: total });
  }
  return written;
}

interface PlannedRowOfPackage {
  readonly name: EntityName;
  readonly description: PackageDescription;
  readonly plan: EntityPlan;
}

/**
 * Those that say something else than what stands in the database, or lack an embedding; without those that somebody
 * edited.
 */
async function changedRows(
  database: pg.Pool,
  databaseId: string,
  rows: readonly PlannedRowOfPackage[],
): Promise<PlannedRowOfPackage[]> {
  const { rows: known } = await database.query<{ id: string; properties: unknown; hashes: string[] }>(
    `SELECT r.id, r.properties, array_agg(e.metadata ->> 'hash') AS hashes
     FROM database_rows r JOIN database_row_embeddings e ON e.row_id = r.id
     WHERE r.database_id = $1 AND e.metadata ? 'hash' AND e.embedding IS NOT NULL GROUP BY r.id`,
    [databaseId],
  );
  const edited = await editedRows(database, databaseId);
  const knownById = new Map(known.map((row) => [row.id, row]));
  return rows.filter(({ name, description, plan }) => {
    if (edited.has(name.id)) return false;
    const there = knownById.get(name.id);
    return (
      there === undefined ||
      !isDeepStrictEqual(there.properties, JSON.parse(storableJson(description))) ||
      plan.rows.some(({ hash }) => !there.hashes.includes(hash))
    );
  });
}

/** The rows of a database that do not say any more, or never said, what an import wrote last. */
async function editedRows(
  database: Pick<pg.ClientBase, "query">,
  databaseId: string,
  lock: "" | "FOR NO KEY UPDATE" = "",
): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM database_rows
     WHERE database_id = $1 AND imported_hash IS DISTINCT FROM md5(properties::text) ORDER BY id ${lock}`,
    [databaseId],
  );
  return new Set(rows.map(({ id }) => id));
}

async function writeRows(
  client: pg.ClientBase,
  databaseId: string,
  rows: readonly PlannedRowOfPackage[],
): Promise<void> {
  await client.query(
    `INSERT INTO database_rows AS d (id, database_id, properties, imported_hash)
     SELECT id, $1, properties, md5(properties::text)
     FROM json_to_recordset($2::json) AS r(id uuid, properties jsonb)
     ON CONFLICT (id) DO UPDATE SET properties = excluded.properties, imported_hash = excluded.imported_hash,
       updated_at = ${nextVersion("d.updated_at")}`,
    [
      databaseId,
      storableJson(rows.map(({ name, description }) => ({ id: name.id, properties: description }))),
    ],
  );
}
