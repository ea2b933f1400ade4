import { createCookieSessionStorage } from "@remix-run/node";
import { z } from "zod";
import { type Env, env } from "../../env.server.ts";
import { sessionSecrets } from "./session-secrets.server.ts";

/** After so many seconds everyone signs in anew, however often they came in between. */
const SESSION_SECONDS = 30 * 24 * 60 * 60;

/** What the cookie says; whether it still holds is asked of the database. */
export interface Session {
  readonly userId: string;
  /** `users.session_epoch` when it was opened. */
  readonly epoch: number;
  /** The workspace that was chosen last. */
  readonly workspaceId: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

const sessionSchema = z.object({
  userId: z.uuid(),
  epoch: z.number().int(),
  workspaceId: z.uuid(),
  openedAt: z.number(),
});

/** Says it where everybody who can listen to the network could take over a session. Call it once, as the app starts. */
export function warnOfInsecureSessions({ NODE_ENV, APP_URL }: Partial<Env> = env): void {
  if (NODE_ENV !== "production" || APP_URL !== undefined) return;
  console.warn(
    "APP_URL is not set: the cookie of a session is sent over http too, where others can read it. Set APP_URL to the " +
      "https address at which people open the app.",
  );
}

let storage: ReturnType<typeof createStorage> | undefined;

function createStorage() {
  const secure = env.APP_URL?.startsWith("https:") ?? false;
  return createCookieSessionStorage<{ session: Session }>({
    cookie: {
      // Browsers take a name that begins so only from a secure site itself, not from a neighbouring subdomain.
      name: secure ? "__Host-session" : "session",
      secrets: sessionSecrets(),
      httpOnly: true,
      sameSite: "lax",
      path: "/",
      maxAge: SESSION_SECONDS,
      secure,
    },
  });
}

// Made on first use: a script that never signs anyone in needs no secret.
function sessions() {
  storage ??= createStorage();
  return storage;
}

/** The session that a request brings; null where there is none, where it is too old, or was not signed by us. */
export async function readSession(request: Request): Promise<Session | null> {
  const stored = await sessions().getSession(request.headers.get("Cookie"));
  const { success, data } = sessionSchema.safeParse(stored.get("session"));
  if (!success) return null;
  const age = Date.now() - data.openedAt;
  return age >= 0 && age < SESSION_SECONDS * 1000 ? data : null;
}

/** @returns the value of a `Set-Cookie` header that keeps the session. */
export async function sessionCookie(session: Session): Promise<string> {
  const stored = await sessions().getSession();
  stored.set("session", session);
  return sessions().commitSession(stored);
}

/** @returns the value of a `Set-Cookie` header that ends the session. */
export async function endedSessionCookie(): Promise<string> {
  return sessions().destroySession(await sessions().getSession());
}
