import type pg from "pg";
import { type Database, pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { ROLES, type Role } from "./access.server.ts";
import { AccessError } from "./access-error.ts";
import { parseEmail } from "./names.ts";
import { generatePassword, hashPassword } from "./passwords.server.ts";
import { inWorkspace } from "./workspace-transaction.server.ts";

export interface MemberListItem {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly joinedAt: Date;
  /** How many API keys of the workspace they made. */
  readonly keys: number;
}

/** The members of a workspace, admins first. */
export async function listMembers(workspaceId: string, db: Database = pool): Promise<MemberListItem[]> {
  const { rows } = await db.query<MemberListItem>(
    `SELECT u.id AS "userId", u.email, m.role, m.created_at AS "joinedAt",
            (SELECT count(*)::int FROM api_keys k WHERE k.workspace_id = $1 AND k.created_by = u.id) AS keys
     FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.workspace_id = $1 ORDER BY m.role = 'admin' DESC, u.email`,
    [workspaceId],
  );
  return rows;
}

export interface AddedMember {
  readonly email: string;
  readonly role: Role;
  /** A first password, kept nowhere; null for one who has an account with a password of their own. */
  readonly password: string | null;
}

/**
 * Makes somebody a member of a workspace. They get a first password, unless they have chosen one already: whoever gave
 * them an earlier first password knows it still, so that one ends, and all sessions with it.
 *
 * @throws AccessError on the field "email" or "role"
 */
export async function addMember(
  workspaceId: string,
  { email: typed, role }: { email: string; role: string },
  database: pg.Pool = pool,
): Promise<AddedMember> {
  const email = parseEmail(typed);
  if (email === null) throw new AccessError("email", "This is not an e-mail address.");
  const wanted = requireRole(role);
  const password = generatePassword();
  // Before a connection is taken: it is slow.
  const hash = await hashPassword(password);
  return inWorkspace(
    workspaceId,
    async (client) => {
      const given = await client.query(
        `INSERT INTO users AS u (email, password_hash) VALUES ($1, $2)
         ON CONFLICT (email) DO UPDATE
         SET password_hash = excluded.password_hash, session_epoch = u.session_epoch + 1, updated_at = now()
         WHERE u.password_chosen_at IS NULL`,
        [email, hash],
      );
      const added = await client.query(
        `INSERT INTO memberships (user_id, workspace_id, role)
         SELECT id, $2, $3 FROM users WHERE email = $1 ON CONFLICT DO NOTHING`,
        [email, workspaceId, wanted],
      );
      if (added.rowCount === 0) throw new AccessError("email", `${email} is a member already.`);
      return { email, role: wanted, password: given.rowCount === 1 ? password : null };
    },
    database,
  );
}

/**
 * Gives a member another role. False where the workspace has no such member.
 *
 * @throws AccessError on the field "role", also where nobody would be an admin any more
 */
export async function changeRole(
  workspaceId: string,
  userId: string,
  role: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  const wanted = requireRole(role);
  if (!isUuid(userId)) return false;
  return inWorkspace(
    workspaceId,
    async (client) => {
      if (wanted !== "admin") await requireAnotherAdmin(client, workspaceId, userId, "role");
      const { rowCount } = await client.query(
        "UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2",
        [workspaceId, userId, wanted],
      );
      return rowCount === 1;
    },
    database,
  );
}

/**
 * Ends a membership at once, and the keys of the workspace that they made: they know them. The account stays. False where the workspace has no such member.
 *
 * @throws AccessError on the field "member" where nobody would be an admin any more
 */
export async function removeMember(
  workspaceId: string,
  userId: string,
  database: pg.Pool = pool,
): Promise<boolean> {
  if (!isUuid(userId)) return false;
  return inWorkspace(
    workspaceId,
    async (client) => {
      await requireAnotherAdmin(client, workspaceId, userId, "member");
      const { rowCount } = await client.query(
        "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2",
        [workspaceId, userId],
      );
      await client.query("DELETE FROM api_keys WHERE workspace_id = $1 AND created_by = $2", [
        workspaceId,
        userId,
      ]);
      return rowCount === 1;
    },
    database,
  );
}

async function requireAnotherAdmin(
  client: pg.PoolClient,
  workspaceId: string,
  userId: string,
  field: string,
): Promise<void> {
  const { rows } = await client.query<{ user_id: string }>(
    "SELECT user_id FROM memberships WHERE workspace_id = $1 AND role = 'admin'",
    [workspaceId],
  );
  if (rows.length !== 1 || rows[0]?.user_id !== userId) return;
  throw new AccessError(field, "This is the only admin of the workspace. Make somebody else an admin first.");
}

function requireRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (role === undefined) throw new AccessError("role", `A role is ${ROLES.join(" or ")}.`);
  return role;
}
