import { afterEach, describe, expect, it, vi } from "vitest";
import { PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { EmbeddingTableMissingError } from "../embedding-columns.server.ts";
import { EmbeddingProviderError } from "../embeddings/provider.ts";
import { SearchOverloadedError } from "./search-admission.server.ts";
import { describeSearchProblem, searchProblemResponse } from "./search-problem.server.ts";
import { InvalidSearchError } from "./search-request.ts";
import { WorkspaceUnknownError } from "./searched-workspace.server.ts";

const away = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a problem of a search", () => {
  it.each([
    [new InvalidSearchError("query", "The query is empty."), 400, "invalid-parameter", "q"],
    [new InvalidSearchError("minSimilarity", "min is 2."), 400, "invalid-parameter", "min"],
    [new InvalidSearchError("types", "unknown"), 400, "invalid-parameter", "types"],
    [new WorkspaceUnknownError("w"), 404, "unknown-workspace", "workspace"],
    [away, 503, "database-away", undefined],
    [new SearchOverloadedError(), 503, "overloaded", undefined],
    [new EmbeddingTableMissingError(PAGE_EMBEDDINGS, "table"), 503, "not-migrated", undefined],
    [new EmbeddingProviderError("openai", "timeout", "no answer"), 503, "embedding-unavailable", undefined],
    [new EmbeddingProviderError("openai", "authentication", "refused"), 502, "embedding-failed", undefined],
  ])("%s: %i %s", async (error, status, type, field) => {
    const problem = describeSearchProblem(error);
    expect([problem.status, problem.type, problem.field]).toEqual([status, type, field]);
    const response = searchProblemResponse(error);
    expect(response.status).toBe(status);
    expect(response.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
    expect(await response.json()).toMatchObject({ type: `/problems/${type}`, title: expect.any(String) });
  });

  it("tells nothing of the database's address, nor of an error that nobody expected", () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const told = JSON.stringify([describeSearchProblem(away), describeSearchProblem(new Error("secret"))]);
    expect(told).not.toMatch(/10\.0\.0\.1|secret/);
    expect(log).toHaveBeenCalledOnce();
  });
});
