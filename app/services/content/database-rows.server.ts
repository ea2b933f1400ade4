import { randomUUID } from "node:crypto";
import type pg from "pg";
import { pool } from "../../db.server.ts";
import { jsonObjectProblem } from "../embeddings/json-object.ts";
import { storableJson } from "../embeddings/storable-json.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { ContentError, type CurrentVersion } from "./content-error.ts";
import { contentTransaction } from "./content-transaction.server.ts";
import { checkOpened, nextVersion } from "./edit-version.ts";

export type PropertyValue =
  | string
  | number
  | boolean
  | null
  | readonly PropertyValue[]
  | { readonly [name: string]: PropertyValue };

/** What a row says, by the names of its columns, in the order in which PostgreSQL keeps them. */
export type Properties = Readonly<Record<string, PropertyValue>>;

export interface DatabaseRowView {
  readonly id: string;
  readonly databaseId: string;
  readonly databaseName: string;
  readonly properties: Properties;
  readonly updatedAt: Date;
}

const MOST_PROPERTIES = 200;

/** A row of a database; null where the workspace has none with this id. */
export async function readRow(
  workspaceId: string,
  id: string,
  database: pg.Pool = pool,
): Promise<DatabaseRowView | null> {
  if (!isUuid(id)) return null;
  const { rows } = await database.query<DatabaseRowView>(
    `SELECT r.id, r.database_id AS "databaseId", d.name AS "databaseName", r.properties, r.updated_at AS "updatedAt"
     FROM database_rows r JOIN databases d ON d.id = r.database_id
     WHERE d.workspace_id = $1 AND r.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/**
 * Adds a row and a job that indexes it.
 * @returns its id; null where the workspace has no such database
 * @throws {ContentError} with field `properties`
 */
export async function createRow(
  workspaceId: string,
  databaseId: string,
  properties: Properties,
  database: pg.Pool = pool,
): Promise<string | null> {
  const json = checked(properties);
  if (!isUuid(databaseId)) return null;
  const id = randomUUID();
  return await contentTransaction(database, workspaceId, [databaseId, id], async ({ client, index }) => {
    const { rowCount } = await client.query(
      `INSERT INTO database_rows (id, database_id, properties)
       SELECT $3, d.id, $4::jsonb FROM databases d WHERE d.workspace_id = $1 AND d.id = $2`,
      [workspaceId, databaseId, id, json],
    );
    if (rowCount === 0) return null;
    await index("rows", [id]);
    return id;
  });
}

/**
 * Replaces what a row says.
 * @param opened the `updatedAt` of the row when the form was opened; left out: whatever is there is overwritten
 * @returns false where the workspace has no such row
 * @throws {ContentError} with field `properties`
 * @throws {EditConflictError} where the row was changed since `opened`: then nothing is written
 */
export async function updateRow(
  workspaceId: string,
  id: string,
  properties: Properties,
  opened?: Date,
  database: pg.Pool = pool,
): Promise<boolean> {
  const json = checked(properties);
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [id], async ({ client, index }) => {
    const { rows } = await client.query<Pick<DatabaseRowView, "properties" | "updatedAt">>(
      `SELECT r.properties, r.updated_at AS "updatedAt"
       FROM database_rows r JOIN databases d ON d.id = r.database_id
       WHERE d.workspace_id = $1 AND r.id = $2 FOR NO KEY UPDATE OF r`,
      [workspaceId, id],
    );
    const [there] = rows;
    if (there === undefined) return false;
    await checkOpened(opened, there.updatedAt, () => fieldsOf(there.properties));
    await client.query(
      `UPDATE database_rows SET properties = $2::jsonb, updated_at = ${nextVersion("updated_at")} WHERE id = $1`,
      [id, json],
    );
    await index("rows", [id]);
    return true;
  });
}

/** Removes a row and its embeddings. @returns false where the workspace has no such row */
export async function deleteRow(workspaceId: string, id: string, database: pg.Pool = pool): Promise<boolean> {
  if (!isUuid(id)) return false;
  return await contentTransaction(database, workspaceId, [id], async ({ client }) => {
    const { rowCount } = await client.query(
      `DELETE FROM database_rows r USING databases d
       WHERE d.id = r.database_id AND d.workspace_id = $1 AND r.id = $2`,
      [workspaceId, id],
    );
    if (rowCount === 0) return false;
    await client.query("DELETE FROM database_row_embeddings WHERE workspace_id = $1 AND row_id = $2", [
      workspaceId,
      id,
    ]);
    return true;
  });
}

function fieldsOf(properties: Properties): CurrentVersion["fields"] {
  return Object.entries(properties).map(([label, value]) => ({
    label,
    text: typeof value === "string" ? value : JSON.stringify(value),
  }));
}

function checked(properties: Properties): string {
  const problem = jsonObjectProblem(properties);
  if (problem !== null) throw new ContentError("properties", `The row cannot be stored: ${problem}.`);
  const names = Object.keys(properties);
  if (names.length === 0) throw new ContentError("properties", "Please enter at least one field.");
  if (names.length > MOST_PROPERTIES) {
    throw new ContentError(
      "properties",
      `The row has ${names.length} fields; at most ${MOST_PROPERTIES} are possible.`,
    );
  }
  if (names.some((name) => name.trim() === "")) {
    throw new ContentError("properties", "Every field needs a name.");
  }
  return storableJson(properties);
}
