import type pg from "pg";
import { type Database, pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import type { Role, Workspace } from "./access.server.ts";
import { AccessError } from "./access-error.ts";
import { type AddedMember, addMember, changeRole, listMembers } from "./members.server.ts";
import { parseEmail, requireName } from "./names.ts";
import { checkPassword, generatePassword, hashPassword } from "./passwords.server.ts";

export interface UserListItem {
  readonly email: string;
  readonly workspaces: readonly { readonly name: string; readonly role: Role }[];
}

/** Every user and where they are members, by e-mail: for whoever runs the server, not for a page. */
export async function listUsers(db: Database = pool): Promise<UserListItem[]> {
  const { rows } = await db.query<UserListItem>(
    `SELECT u.email,
            coalesce(json_agg(json_build_object('name', w.name, 'role', m.role) ORDER BY w.name)
              FILTER (WHERE w.id IS NOT NULL), '[]') AS workspaces
     FROM users u LEFT JOIN memberships m ON m.user_id = u.id LEFT JOIN workspaces w ON w.id = m.workspace_id
     GROUP BY u.id, u.email ORDER BY u.email`,
  );
  return rows;
}

export interface GivenAccess extends AddedMember {
  readonly workspace: Workspace;
  /** Whether anybody is an admin of the workspace now. */
  readonly managed: boolean;
}

/**
 * Makes somebody a member of a workspace, as whoever runs the server. A member stays what they are, or becomes an admin.
 *
 * @param access.workspace its name or id
 * @param access.create whether to make a workspace of that name where there is none
 * @throws AccessError on the field "email", "name" or "workspace"
 */
export async function giveAccess(
  access: { email: string; workspace: string; role: Role; create: boolean },
  database: pg.Pool = pool,
): Promise<GivenAccess> {
  const email = requireEmail(access.email);
  const workspace = await findWorkspace(access.workspace, access.create, database);
  const existing = (await listMembers(workspace.id, database)).find((member) => member.email === email);
  let added: AddedMember;
  if (existing === undefined) {
    added = await addMember(workspace.id, { email, role: access.role }, database);
  } else {
    const role = access.role === "admin" ? "admin" : existing.role;
    await changeRole(workspace.id, existing.userId, role, database);
    added = { email, role, password: null };
  }
  const members = await listMembers(workspace.id, database);
  return { ...added, workspace, managed: members.some(({ role }) => role === "admin") };
}

/**
 * Gives a user a new first password and ends their sessions. They choose one of their own when they sign in.
 *
 * @returns the password, which is kept nowhere
 * @throws AccessError on the field "email" where there is no such user
 */
export async function renewPassword(email: string, db: Database = pool): Promise<string> {
  const account = requireEmail(email);
  const password = generatePassword();
  if (await setPassword(account, { password, chosen: false }, db)) return password;
  throw new AccessError("email", `There is no user ${account}: npm run user -- list shows all`);
}

/** Sets the password that a user has chosen where theirs is another one; else nothing changes, and sessions go on. */
export async function ensurePassword(email: string, password: string, db: Database = pool): Promise<void> {
  const { rows } = await db.query<{ hash: string }>(
    "SELECT password_hash AS hash FROM users WHERE email = $1",
    [email],
  );
  const { matches } = await checkPassword(password, rows[0]?.hash ?? null);
  if (!matches) await setPassword(email, { password, chosen: true }, db);
}

/** Ends a user's sessions too. False where there is no such user. */
async function setPassword(
  email: string,
  { password, chosen }: { password: string; chosen: boolean },
  db: Database,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE users SET password_hash = $2, password_chosen_at = CASE WHEN $3 THEN now() END,
                      session_epoch = session_epoch + 1, updated_at = now()
     WHERE email = $1`,
    [email, await hashPassword(password), chosen],
  );
  return rowCount === 1;
}

function requireEmail(text: string): string {
  const email = parseEmail(text);
  if (email === null) throw new AccessError("email", `'${text}' is not an e-mail address`);
  return email;
}

async function findWorkspace(wanted: string, create: boolean, db: Database): Promise<Workspace> {
  const { rows } = await db.query<Workspace>(
    isUuid(wanted)
      ? "SELECT id, name FROM workspaces WHERE id = $1::uuid"
      : "SELECT id, name FROM workspaces WHERE name = $1 ORDER BY created_at, id",
    [wanted],
  );
  const [first, ...others] = rows;
  if (others.length > 0) {
    const ids = rows.map(({ id }) => id).join(", ");
    throw new AccessError(
      "workspace",
      `${rows.length} workspaces are named '${wanted}': say which by its id, ${ids}`,
    );
  }
  if (first !== undefined) return first;
  if (!create || isUuid(wanted)) {
    const all = await db.query<{ name: string }>(
      "SELECT DISTINCT name FROM workspaces ORDER BY name LIMIT 20",
    );
    const names = all.rows.map(({ name }) => `'${name}'`).join(", ");
    throw new AccessError(
      "workspace",
      `There is no workspace '${wanted}'; ${names === "" ? "there is none at all" : `there is ${names}`}. --create makes one.`,
    );
  }
  const made = await db.query<Workspace>("INSERT INTO workspaces (name) VALUES ($1) RETURNING id, name", [
    requireName(wanted),
  ]);
  return made.rows[0] as Workspace;
}
