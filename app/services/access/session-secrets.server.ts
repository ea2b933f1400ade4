import { randomBytes } from "node:crypto";
import { type Env, env } from "../../env.server.ts";

// The development server loads this module again on every change: sessions outlive it.
const kept = globalThis as typeof globalThis & { halfvecMigrationSessionSecret?: string };

/**
 * The secrets that sign sessions: the first signs, all are accepted, so that one can be replaced by another. Outside
 * production one that lasts as long as the process stands in for a missing one.
 *
 * @throws Error that names SESSION_SECRET when it is missing in production.
 */
export function sessionSecrets({ NODE_ENV, SESSION_SECRET }: Partial<Env> = env): string[] {
  if (SESSION_SECRET !== undefined) return SESSION_SECRET;
  if (NODE_ENV === "production") {
    throw new Error(
      "SESSION_SECRET is not set. It signs the sessions, and the app does not start without it: set it to 32 random " +
        "characters or more, the same for every process of the app. openssl rand -hex 32 prints some.",
    );
  }
  if (kept.halfvecMigrationSessionSecret === undefined) {
    kept.halfvecMigrationSessionSecret = randomBytes(32).toString("hex");
    console.warn("SESSION_SECRET is not set: whoever is signed in is signed out when this process ends");
  }
  return [kept.halfvecMigrationSessionSecret];
}
