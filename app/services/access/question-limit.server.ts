import type { RateLimiterPostgres } from "rate-limiter-flexible";
import { env } from "../../env.server.ts";
import { rateLimiter, take } from "./rate-limiter.server.ts";
import { TooManyAttemptsError } from "./too-many-attempts.ts";

/** Who asks a question: a user, whichever workspace they are in, or a key of a workspace, by its id. */
export type Asker = `user:${string}` | `key:${string}`;

let limiter: RateLimiterPostgres | undefined;

/**
 * Counts a question before it is answered: an answer may cost money, and always costs time of the model.
 *
 * @throws TooManyAttemptsError where they asked `CHAT_QUESTIONS_PER_MINUTE` already
 */
export async function countQuestion(asker: Asker): Promise<void> {
  limiter ??= rateLimiter("question", { points: env.CHAT_QUESTIONS_PER_MINUTE, duration: 60 });
  const seconds = await take(limiter, asker);
  if (seconds !== null) throw new TooManyAttemptsError(seconds, "questions");
}
