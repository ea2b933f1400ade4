import { type Database, pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import type { Role, Workspace } from "./access.server.ts";
import { requireName } from "./names.ts";
import { readSession, sessionCookie } from "./session-cookie.server.ts";

export interface WorkspaceListItem extends Workspace {
  readonly role: Role;
  readonly members: number;
}

/** The workspaces of a user, by name. */
export async function listWorkspaces(userId: string, db: Database = pool): Promise<WorkspaceListItem[]> {
  const { rows } = await db.query<WorkspaceListItem>(
    `SELECT w.id, w.name, m.role,
            (SELECT count(*)::int FROM memberships o WHERE o.workspace_id = w.id) AS members
     FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
     WHERE m.user_id = $1 ORDER BY lower(w.name), w.id`,
    [userId],
  );
  return rows;
}

/**
 * Makes a workspace whose only member, an admin, is its maker.
 *
 * @throws AccessError on the field "name"
 */
export async function createWorkspace(
  userId: string,
  { name }: { name: string },
  db: Database = pool,
): Promise<Workspace> {
  const wanted = requireName(name);
  const { rows } = await db.query<{ id: string }>(
    `WITH made AS (INSERT INTO workspaces (name) VALUES ($2) RETURNING id),
          joined AS (INSERT INTO memberships (user_id, workspace_id, role) SELECT $1, id, 'admin' FROM made)
     SELECT id FROM made`,
    [userId, wanted],
  );
  return { id: rows[0]?.id ?? "", name: wanted };
}

/**
 * Makes a workspace the current one of the session that asks.
 *
 * @returns the value of a `Set-Cookie` header; null where the user is no member of such a workspace
 */
export async function switchWorkspace(
  request: Request,
  userId: string,
  workspaceId: string,
  db: Database = pool,
): Promise<string | null> {
  if (!isUuid(workspaceId)) return null;
  const session = await readSession(request);
  const { rowCount } = await db.query("SELECT FROM memberships WHERE user_id = $1 AND workspace_id = $2", [
    userId,
    workspaceId,
  ]);
  return session === null || rowCount !== 1 ? null : sessionCookie({ ...session, workspaceId });
}
