import { pool } from "../../db.server.ts";
import { textOfField } from "../forms/form-fields.ts";
import { AccessError } from "./access-error.ts";
import { passwordProblem } from "./password-rules.ts";
import { checkPassword, hashPassword } from "./passwords.server.ts";
import { readSession, sessionCookie } from "./session-cookie.server.ts";
import { appSignInLimits } from "./sign-in-limits.server.ts";
import { TooManyAttemptsError } from "./too-many-attempts.ts";

export interface PasswordChange {
  readonly current: string;
  readonly wanted: string;
  /** The new one, typed once more. */
  readonly again: string;
}

/** What the form of a password sends. */
export function passwordChange(form: FormData): PasswordChange {
  return {
    current: textOfField(form, "current"),
    wanted: textOfField(form, "wanted"),
    again: textOfField(form, "again"),
  };
}

/**
 * Changes a user's own password, and ends all their sessions but the one that asks.
 *
 * @returns the value of a `Set-Cookie` header with which that one goes on
 * @throws AccessError on the field "current", "wanted" or "again"
 * @throws TooManyAttemptsError
 */
export async function changeOwnPassword(
  request: Request,
  userId: string,
  { current, wanted, again }: PasswordChange,
): Promise<string> {
  const problem = passwordProblem(wanted);
  if (problem !== null) throw new AccessError("wanted", problem);
  if (wanted !== again) throw new AccessError("again", "This is not the same as above.");
  const limits = appSignInLimits();
  const seconds = await limits.takePasswordAttempt(userId);
  if (seconds !== null) throw new TooManyAttemptsError(seconds);
  const { rows } = await pool.query<{ password_hash: string }>(
    "SELECT password_hash FROM users WHERE id = $1",
    [userId],
  );
  const kept = rows[0]?.password_hash ?? null;
  const { matches } = await checkPassword(current, kept);
  if (!matches) throw new AccessError("current", "This is not your password.");
  await limits.forgivePassword(userId);
  // Somebody else may know the old one. As the hash sees them: typed on another keyboard it is the same still.
  if (wanted.normalize("NFKC") === current.normalize("NFKC")) {
    throw new AccessError("wanted", "This is the password you have. Choose another one.");
  }
  const changed = await pool.query<{ epoch: number }>(
    `UPDATE users SET password_hash = $3, password_chosen_at = now(), session_epoch = session_epoch + 1,
                      updated_at = now()
     WHERE id = $1 AND password_hash = $2 RETURNING session_epoch AS epoch`,
    [userId, kept, await hashPassword(wanted)],
  );
  const session = await readSession(request);
  const epoch = changed.rows[0]?.epoch;
  if (epoch === undefined || session === null) {
    throw new AccessError("current", "The password was changed elsewhere at the same moment.");
  }
  return sessionCookie({ ...session, epoch });
}
