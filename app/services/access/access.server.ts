import { redirect } from "@remix-run/node";
import { type Database, pool } from "../../db.server.ts";
import { isUuid } from "../embeddings/uuid.ts";
import { problemResponse } from "../problem-details.ts";
import { findApiKey } from "./api-keys.server.ts";
import type { Asker } from "./question-limit.server.ts";
import { choosePasswordPath, signInPath } from "./return-path.ts";
import { isSameOrigin, requireSameOrigin } from "./same-origin.server.ts";
import { readSession, type Session, sessionCookie } from "./session-cookie.server.ts";

export const ROLES = ["member", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Workspace {
  readonly id: string;
  readonly name: string;
}

/** A signed-in user within the workspace they are in now. */
export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly role: Role;
  readonly workspace: Workspace;
  /** Whether they signed in with a password of their own, not with one that somebody else has seen. */
  readonly hasOwnPassword: boolean;
}

interface MemberRow {
  email: string;
  has_own_password: boolean;
  role: Role;
  workspace_id: string;
  workspace_name: string;
}

/** The member whose session a request brings; null without one, or when it is over. Never throws a response. */
export async function findMember(request: Request, db: Database = pool): Promise<Member | null> {
  const session = await readSession(request);
  return session === null ? null : readMember(session, db);
}

/**
 * For pages: the signed-in member and their current workspace. Who and where is read from the database each time, so
 * that a removed member is out at once.
 *
 * @throws Response a redirect to the sign-in page, or to where one chooses a password; 403 for a request that writes
 *   and was sent by another site, or was meant for a workspace that the member has been removed from.
 */
export async function requireMember(request: Request): Promise<Member> {
  const { session, member } = await requireSignedIn(request);
  requireOwnPassword(request, member);
  if (member.workspace.id !== session.workspaceId) await moveOn(request, session, member);
  return member;
}

/**
 * For what a user does whichever workspace they are in, such as going to another one.
 *
 * @throws Response as {@link requireMember}, but not for the workspace
 */
export async function requireUser(request: Request): Promise<{ readonly userId: string }> {
  const { member } = await requireSignedIn(request);
  requireOwnPassword(request, member);
  return { userId: member.userId };
}

/** The member whose session it is, also with a first password: for the page on which they choose one of their own. */
export async function requireSession(request: Request): Promise<Member> {
  return (await requireSignedIn(request)).member;
}

/** As {@link requireMember}. @throws Response 403 for a member who is no admin. */
export async function requireAdmin(request: Request): Promise<Member> {
  const member = await requireMember(request);
  requireRole(member, "admin");
  return member;
}

/** @throws Response 403 for a member who is no admin where one is needed. */
export function requireRole({ role, workspace }: Member, needed: Role): void {
  if (role === "admin" || needed === "member") return;
  throw new Response(`Only an admin of ${workspace.name} may do this. Ask one of them.`, { status: 403 });
}

/** Who asks through `/api/*`. */
export interface ApiAccess {
  readonly workspace: Workspace;
  /** Null for a key, which belongs to the workspace. */
  readonly userId: string | null;
  /** Whose questions are counted together. */
  readonly asker: Asker;
}

/**
 * For `/api/*`: a key of a workspace (`Authorization: Bearer hvk_…`), or else a session.
 *
 * @throws Response problem details: 401 without either, 403 for a session's request that another site sent, or that of
 *   somebody who has not chosen a password yet.
 */
export async function requireApiAccess(request: Request): Promise<ApiAccess> {
  const authorization = request.headers.get("Authorization");
  if (authorization !== null) {
    const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const opened = key === undefined ? null : await findApiKey(key);
    if (opened !== null) return { workspace: opened.workspace, userId: null, asker: `key:${opened.id}` };
    throw unauthorized("There is no such key, or it has been revoked.", 'Bearer error="invalid_token"');
  }
  const member = await findMember(request);
  if (member === null) {
    throw unauthorized("Sign in, or send a key of the workspace as Authorization: Bearer hvk_…", "Bearer");
  }
  if (!isSameOrigin(request)) {
    throw problemResponse({
      status: 403,
      type: "another-site",
      title: "Sent by another site",
      detail: "A request that writes must come from the app itself, or bring a key of the workspace.",
    });
  }
  if (!member.hasOwnPassword) {
    throw problemResponse({
      status: 403,
      type: "first-password",
      title: "The password is a first one",
      detail: "Open the app and choose a password of your own first.",
    });
  }
  const { workspace, userId } = member;
  return { workspace, userId, asker: `user:${userId}` };
}

/** A workspace that may be asked for by its id: that of the key, or any that the user is a member of; else null. */
export async function findAccessibleWorkspace(
  { workspace, userId }: Pick<ApiAccess, "workspace" | "userId">,
  workspaceId: string,
  db: Database = pool,
): Promise<Workspace | null> {
  if (workspaceId === workspace.id) return workspace;
  if (userId === null || !isUuid(workspaceId)) return null;
  const { rows } = await db.query<{ id: string; name: string }>(
    `SELECT w.id, w.name FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
     WHERE m.user_id = $1 AND m.workspace_id = $2`,
    [userId, workspaceId],
  );
  return rows[0] ?? null;
}

async function requireSignedIn(request: Request): Promise<{ session: Session; member: Member }> {
  const session = await readSession(request);
  const member = session === null ? null : await readMember(session, pool);
  if (session === null || member === null) throw redirect(signInPath(request));
  requireSameOrigin(request);
  return { session, member };
}

/** Somebody else knows a first password, so whoever signed in with it is shown nothing yet. */
function requireOwnPassword(request: Request, { hasOwnPassword }: Member): void {
  if (!hasOwnPassword) throw redirect(choosePasswordPath(request));
}

/** In the workspace that was chosen last where they still are in it, else in the one they joined first. */
async function readMember({ userId, epoch, workspaceId }: Session, db: Database): Promise<Member | null> {
  const { rows } = await db.query<MemberRow>(
    `SELECT u.email, u.password_chosen_at IS NOT NULL AS has_own_password,
            m.role, w.id AS workspace_id, w.name AS workspace_name
     FROM users u JOIN memberships m ON m.user_id = u.id JOIN workspaces w ON w.id = m.workspace_id
     WHERE u.id = $1 AND u.session_epoch = $2
     ORDER BY w.id = $3 DESC, m.created_at, w.id LIMIT 1`,
    [userId, epoch, workspaceId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { email, role, workspace_id: id, workspace_name: name, has_own_password: hasOwnPassword } = row;
  return { userId, email, role, workspace: { id, name }, hasOwnPassword };
}

/** What was written for the workspace they have left must not land in another one. */
async function moveOn(request: Request, session: Session, { workspace }: Member): Promise<never> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new Response("You are no longer a member of that workspace, so nothing was done.", { status: 403 });
  }
  const { pathname, search } = new URL(request.url);
  throw redirect(`${pathname}${search}`, {
    headers: { "Set-Cookie": await sessionCookie({ ...session, workspaceId: workspace.id }) },
  });
}

function unauthorized(detail: string, challenge: string): Response {
  return problemResponse(
    { status: 401, type: "not-signed-in", title: "Not signed in", detail },
    { "WWW-Authenticate": challenge },
  );
}
