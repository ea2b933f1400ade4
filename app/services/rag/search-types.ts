/** What a search can find, as `types=` names it. */
export const SEARCH_TYPES = ["pages", "blocks", "rows", "documents"] as const;

export type SearchType = (typeof SEARCH_TYPES)[number];
