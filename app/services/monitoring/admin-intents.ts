/** What an admin can ask for on the dashboard: the `intent` of its form. */
export const ADMIN_INTENTS = [
  "flag-auto",
  "flag-vector",
  "flag-halfvec",
  "pause",
  "resume",
  "verify",
  "compare",
] as const;

export type AdminIntent = (typeof ADMIN_INTENTS)[number];

export function isAdminIntent(value: unknown): value is AdminIntent {
  return ADMIN_INTENTS.some((intent) => intent === value);
}
