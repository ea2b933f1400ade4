import { createHash, randomBytes } from "node:crypto";
import { type Database, pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import type { Workspace } from "./access.server.ts";
import { AccessError } from "./access-error.ts";
import { requireName } from "./names.ts";
import { inWorkspace } from "./workspace-transaction.server.ts";

const PREFIX = "hvk_";
const KEY_BYTES = 32;
const KEY = /^hvk_[A-Za-z0-9_-]{43}$/;
/** What is kept to know a key by: the prefix and four characters, which leave 232 bits unknown. */
const START_LENGTH = PREFIX.length + 4;

/** A key as its workspace's admins see it: without the key. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Its first characters. */
  readonly start: string;
  readonly createdAt: Date;
  /** To a minute. */
  readonly lastUsedAt: Date | null;
  /** E-mail of who made it; null when they are gone. */
  readonly createdBy: string | null;
}

/** The keys of a workspace, the newest first. */
export async function listApiKeys(workspaceId: string, db: Database = pool): Promise<ApiKey[]> {
  const { rows } = await db.query<ApiKey>(
    `SELECT k.id, k.name, k.key_start AS start, k.created_at AS "createdAt", k.last_used_at AS "lastUsedAt",
            u.email AS "createdBy"
     FROM api_keys k LEFT JOIN users u ON u.id = k.created_by
     WHERE k.workspace_id = $1 ORDER BY k.created_at DESC, k.id`,
    [workspaceId],
  );
  return rows;
}

/**
 * Makes a key of a workspace. The key is in what this returns and nowhere else: only its hash is kept. A hash without
 * salt and cost is enough for 32 random bytes.
 *
 * @throws AccessError when the name is empty, too long or another key's of the workspace.
 */
export async function createApiKey(
  workspaceId: string,
  { name, createdBy }: { name: string; createdBy: string | null },
): Promise<{ id: string; key: string }> {
  const wanted = requireName(name);
  const key = `${PREFIX}${randomBytes(KEY_BYTES).toString("base64url")}`;
  return inWorkspace(workspaceId, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO api_keys (workspace_id, name, key_hash, key_start, created_by)
       SELECT $1, $2, $3, $4, $5
       WHERE NOT EXISTS (SELECT FROM api_keys WHERE workspace_id = $1 AND name = $2)
       RETURNING id`,
      [workspaceId, wanted, hashOf(key), key.slice(0, START_LENGTH), createdBy],
    );
    const [row] = rows;
    if (row === undefined) throw new AccessError("name", `There is a key named “${wanted}” already.`);
    return { id: row.id, key };
  });
}

/** Ends a key at once. False where the workspace has no such key. */
export async function revokeApiKey(workspaceId: string, id: string, db: Database = pool): Promise<boolean> {
  if (!isUuid(id)) return false;
  const { rowCount } = await db.query("DELETE FROM api_keys WHERE workspace_id = $1 AND id = $2", [
    workspaceId,
    id,
  ]);
  return rowCount === 1;
}

/** A key's id and the workspace it opens; notes its use, at most once a minute. Null for any other text. */
export async function findApiKey(
  key: string,
  db: Database = pool,
): Promise<{ readonly id: string; readonly workspace: Workspace } | null> {
  if (!KEY.test(key)) return null;
  const { rows } = await db.query<{ key_id: string; id: string; name: string }>(
    `WITH used AS (
       UPDATE api_keys SET last_used_at = now()
       WHERE key_hash = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
     )
     SELECT k.id AS key_id, w.id, w.name FROM api_keys k JOIN workspaces w ON w.id = k.workspace_id WHERE k.key_hash = $1`,
    [hashOf(key)],
  );
  const [row] = rows;
  return row === undefined ? null : { id: row.key_id, workspace: { id: row.id, name: row.name } };
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
