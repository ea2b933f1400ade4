import { type Database, pool } from "../../db.server.ts";
import type { FieldProblem } from "../forms/form-fields.ts";
import { parseEmail } from "./names.ts";
import { checkPassword, hashPassword } from "./passwords.server.ts";
import { sessionCookie } from "./session-cookie.server.ts";
import { appSignInLimits } from "./sign-in-limits.server.ts";

export type SignIn =
  | { readonly kind: "signed-in" /** The value of a `Set-Cookie` header. */; readonly cookie: string }
  | { readonly kind: "incomplete"; readonly problem: FieldProblem }
  /** No such account, or not its password: which of the two is not told. */
  | { readonly kind: "wrong" }
  | { readonly kind: "too-many"; readonly seconds: number }
  /** The password was right, but the user is a member of no workspace. */
  | { readonly kind: "nowhere" };

interface UserRow {
  id: string;
  password_hash: string;
  session_epoch: number;
  workspace_id: string | null;
}

/**
 * Opens a session for whoever knows the password, in the workspace they joined first.
 *
 * @param address where the attempt comes from, as `clientAddress` tells it
 */
export async function signIn(email: string, password: string, address: string): Promise<SignIn> {
  const account = parseEmail(email);
  if (account === null) return incomplete("email", "This is not an e-mail address.");
  if (password === "") return incomplete("password", "A password is needed.");
  const limits = appSignInLimits();
  const seconds = await limits.takeAttempt(account, address);
  if (seconds !== null) return { kind: "too-many", seconds };
  const user = await findUser(account, pool);
  const { matches, outdated } = await checkPassword(password, user?.password_hash ?? null);
  if (user === null || !matches) return { kind: "wrong" };
  await limits.forgive(account, address);
  if (outdated) await rehash(user, password);
  if (user.workspace_id === null) return { kind: "nowhere" };
  const cookie = await sessionCookie({
    userId: user.id,
    epoch: user.session_epoch,
    workspaceId: user.workspace_id,
    openedAt: Date.now(),
  });
  return { kind: "signed-in", cookie };
}

function incomplete(field: string, message: string): SignIn {
  return { kind: "incomplete", problem: { field, message } };
}

async function findUser(email: string, db: Database): Promise<UserRow | null> {
  const { rows } = await db.query<UserRow>(
    `SELECT u.id, u.password_hash, u.session_epoch, m.workspace_id
     FROM users u LEFT JOIN memberships m ON m.user_id = u.id
     WHERE u.email = $1 ORDER BY m.created_at, m.workspace_id LIMIT 1`,
    [email],
  );
  return rows[0] ?? null;
}

/** Unless the password was changed meanwhile. */
async function rehash({ id, password_hash }: UserRow, password: string): Promise<void> {
  await pool.query("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", [
    id,
    password_hash,
    await hashPassword(password),
  ]);
}
