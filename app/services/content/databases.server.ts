import { randomUUID } from "node:crypto";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { titleField } from "./content-fields.ts";
import { contentTransaction } from "./content-transaction.server.ts";
import type { DatabaseRowView } from "./database-rows.server.ts";

export {
  createRow,
  type DatabaseRowView,
  deleteRow,
  type Properties,
  type PropertyValue,
  readRow,
  updateRow,
} from "./database-rows.server.ts";

export interface DatabaseListItem {
  readonly id: string;
  readonly name: string;
  readonly rowCount: number;
  readonly updatedAt: Date;
}

export interface DatabaseView extends DatabaseListItem {
  /** The newest first, as many as were asked for. */
  readonly rows: readonly DatabaseRowView[];
}

/** The databases of a workspace, by name. */
export async function listDatabases(
  workspaceId: string,
  database: pg.Pool = pool,
): Promise<DatabaseListItem[]> {
  const { rows } = await database.query<DatabaseListItem>(
    `SELECT d.id, d.name, d.updated_at AS "updatedAt",
       (SELECT count(*)::int FROM database_rows r WHERE r.database_id = d.id) AS "rowCount"
     FROM databases d WHERE d.workspace_id = $1 ORDER BY lower(d.name), d.id`,
    [workspaceId],
  );
  return rows;
}

/**
 * A database with some of its rows; null where the workspace has none with this id.
 * @param page `limit` rows (default 100) after the first `offset`
 */
export async function readDatabase(
  workspaceId: string,
  id: string,
  { offset = 0, limit = 100 }: { offset?: number; limit?: number } = {},
  database: pg.Pool = pool,
): Promise<DatabaseView | null> {
  if (!isUuid(id)) return null;
  const { rows: found } = await database.query<DatabaseListItem>(
    `SELECT d.id, d.name, d.updated_at AS "updatedAt",
       (SELECT count(*)::int FROM database_rows r WHERE r.database_id = d.id) AS "rowCount"
     FROM databases d WHERE d.workspace_id = $1 AND d.id = $2`,
    [workspaceId, id],
  );
  if (found[0] === undefined) return null;
  const { rows } = await database.query<DatabaseRowView>(
    `SELECT r.id, r.database_id AS "databaseId", d.name AS "databaseName", r.properties, r.updated_at AS "updatedAt"
     FROM database_rows r JOIN databases d ON d.id = r.database_id
     WHERE d.workspace_id = $1 AND d.id = $2 ORDER BY r.created_at DESC, r.id LIMIT $3 OFFSET $4`,
    [workspaceId, id, limit, offset],
  );
  return { ...found[0], rows };
}

/** Makes an empty database. @returns its id @throws {ContentError} with field `name` */
export async function createDatabase(
  workspaceId: string,
  { name }: { name: string },
  database: pg.Pool = pool,
): Promise<string> {
  const id = randomUUID();
  await database.query("INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, $3)", [
    id,
    workspaceId,
    titleField("name", name),
  ]);
  return id;
}

/** @returns false where the workspace has no such database @throws {ContentError} with field `name` */
export async function renameDatabase(
  workspaceId: string,
  id: string,
  { name }: { name: string },
  database: pg.Pool = pool,
): Promise<boolean> {
  const given = titleField("name", name);
  if (!isUuid(id)) return false;
  const { rowCount } = await database.query(
    "UPDATE databases SET name = $3, updated_at = now() WHERE workspace_id = $1 AND id = $2",
    [workspaceId, id, given],
  );
  return rowCount === 1;
}

/** Removes a database with its rows and their embeddings. @returns false where the workspace has none with this id */
export async function deleteDatabase(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [id], async ({ client }) => {
    const { rowCount } = await client.query("DELETE FROM databases WHERE workspace_id = $1 AND id = $2", [
      workspaceId,
      id,
    ]);
    if (rowCount === 0) return false;
    await client.query("DELETE FROM database_row_embeddings WHERE workspace_id = $1 AND database_id = $2", [
      workspaceId,
      id,
    ]);
    return true;
  });
}
