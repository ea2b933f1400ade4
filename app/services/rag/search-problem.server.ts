import { isDatabaseAway } from "../database-health.server.ts";
import { EmbeddingTableMissingError } from "../embedding-columns.server.ts";
import { EmbeddingProviderError } from "../embeddings/provider.ts";
import { type ProblemDetails, problemResponse } from "../problem-details.ts";
import { PageUnknownError } from "./knowledge-graph.server.ts";
import { SearchOverloadedError } from "./search-admission.server.ts";
import { parameterOf } from "./search-parameters.ts";
import { InvalidSearchError } from "./search-request.ts";
import { WorkspaceUnknownError } from "./searched-workspace.server.ts";

/** A failed search in words for who asked. */
export interface SearchProblem extends ProblemDetails {
  readonly type:
    | "invalid-parameter"
    | "unknown-workspace"
    | "unknown-page"
    | "database-away"
    | "not-migrated"
    | "overloaded"
    | "embedding-unavailable"
    | "embedding-failed"
    | "failed";
}

/** What passes by itself: as long to wait, in seconds, as a restart usually takes. */
const RETRY_AFTER_SECONDS = 5;

/** Provider problems that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(["rate_limited", "unavailable", "timeout"]);

/** What to tell about an error of a search. What nobody expected goes to the log, not to the reader. */
export function describeSearchProblem(error: unknown): SearchProblem {
  if (error instanceof InvalidSearchError) {
    const field = parameterOf(error.field);
    const title = "This cannot be searched";
    return { status: 400, type: "invalid-parameter", title, detail: error.message, field };
  }
  if (error instanceof WorkspaceUnknownError) {
    const title = "There is no such workspace";
    return { status: 404, type: "unknown-workspace", title, detail: error.message, field: "workspace" };
  }
  if (error instanceof PageUnknownError) {
    const title = "There is no such page";
    return { status: 404, type: "unknown-page", title, detail: error.message, field: "page" };
  }
  if (error instanceof EmbeddingTableMissingError) {
    const title = "The database is not set up";
    return { status: 503, type: "not-migrated", title, detail: error.message };
  }
  if (error instanceof SearchOverloadedError) {
    const title = "Too many searches at the same time";
    return { status: 503, type: "overloaded", title, detail: error.message };
  }
  if (isDatabaseAway(error)) {
    const title = "The database is away";
    return { status: 503, type: "database-away", title, detail: "The database does not answer." };
  }
  if (error instanceof EmbeddingProviderError) return describeProviderProblem(error);
  console.error("search failed:", error);
  return { status: 500, type: "failed", title: "The search failed", detail: "The server’s log says why." };
}

/** Answers `GET /api/*` with the problem of a search. */
export function searchProblemResponse(error: unknown): Response {
  const problem = describeSearchProblem(error);
  const headers = problem.status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : undefined;
  return problemResponse(problem, headers);
}

function describeProviderProblem({ problem, message }: EmbeddingProviderError): SearchProblem {
  if (PASSING.has(problem)) {
    const title = "The query could not be embedded just now";
    return {
      status: 503,
      type: "embedding-unavailable",
      title,
      detail: `${message}. Try again in a moment.`,
    };
  }
  return { status: 502, type: "embedding-failed", title: "The query could not be embedded", detail: message };
}
