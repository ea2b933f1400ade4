/** A list that is longer is shown in pages. */
export const LISTED_AT_ONCE = 50;

/** The part of a list that `page`, a whole number from 1, asks for; anything else is the first. */
export function listPart(searchParams: URLSearchParams): { page: number; offset: number; limit: number } {
  const asked = Number(searchParams.get("page") ?? 1);
  const page = Number.isInteger(asked) && asked >= 1 && asked <= 1_000_000 ? asked : 1;
  return { page, offset: (page - 1) * LISTED_AT_ONCE, limit: LISTED_AT_ONCE };
}
