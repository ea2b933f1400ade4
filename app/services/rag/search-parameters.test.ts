import { describe, expect, it } from "vitest";
import { parseSearchParameters } from "./search-parameters.ts";

const parse = (text: string) => parseSearchParameters(new URLSearchParams(text));

describe("parseSearchParameters", () => {
  it("searches everything for ten hits unless told otherwise", () => {
    expect(parse("q=%20how%20to%20%20")).toEqual({
      query: "how to",
      types: ["pages", "blocks", "rows", "documents"],
      limit: 10,
    });
  });

  it.each(["types=documents,pages", "types=pages&types=documents", "types=documents&types=,pages"])(
    "reads %s",
    (text) => {
      expect(parse(text).types).toEqual(["pages", "documents"]);
    },
  );

  it("reads limit, workspace and min", () => {
    const workspaceId = "00000000-0000-4000-8000-000000000001";
    expect(parse(`limit=3&workspace=${workspaceId}&min=0.5`)).toMatchObject({
      limit: 3,
      workspaceId,
      minSimilarity: 0.5,
    });
  });

  it.each([
    ["types=page", "types"],
    ["limit=ten", "limit"],
    ["limit=0", "limit"],
    ["limit=1&limit=2", "limit"],
    ["types[]=pages", "types"],
    ["workspace=w", "workspaceId"],
    ["min=high", "minSimilarity"],
    [`q=${"x".repeat(2_001)}`, "query"],
  ])("refuses %s", (text, field) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: "InvalidSearchError", field }));
  });
});
