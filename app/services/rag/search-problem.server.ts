import { isDatabaseAway } from "../database-health.server.ts";
import { EmbeddingTableMissingError } from "../embedding-columns.server.ts";
import { InvalidSearchError } from "./search-request.ts";

/** A failed search in words for the person who asked, with the HTTP status that fits. */
export interface SearchProblem {
  readonly status: number;
  readonly kind: "invalid" | "database-away" | "not-migrated" | "failed";
  readonly message: string;
}

/** What to tell about an error of a search. What nobody expected goes to the log, not to the reader. */
export function describeSearchProblem(error: unknown): SearchProblem {
  if (error instanceof InvalidSearchError) {
    return { status: 400, kind: "invalid", message: error.message };
  }
  if (error instanceof EmbeddingTableMissingError) {
    return { status: 503, kind: "not-migrated", message: error.message };
  }
  if (isDatabaseAway(error)) {
    return { status: 503, kind: "database-away", message: "The database does not answer." };
  }
  console.error("search failed:", error);
  return { status: 500, kind: "failed", message: "The search failed." };
}
