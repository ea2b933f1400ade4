import { describe, expect, it } from "vitest";
import { parseGraphParameters } from "./graph-parameters.ts";

const A = "00000000-0000-4000-8000-00000000000a";
const B = "00000000-0000-4000-8000-00000000000b";
const parse = (text: string) => parseGraphParameters(new URLSearchParams(text));

describe("parseGraphParameters", () => {
  it("takes one page or several, each once", () => {
    const unbounded = { depth: undefined, limit: undefined, workspaceId: undefined };
    expect(parse(`page=${A}`)).toEqual({ pageIds: [A], ...unbounded });
    expect(parse(`page=${A},${B}&page=${A.toUpperCase()}&page=`)).toEqual({ pageIds: [A, B], ...unbounded });
  });

  it("reads depth, limit and workspace", () => {
    expect(parse(`page=${A}&depth=3&limit=%2050&workspace=${B}`)).toEqual({
      pageIds: [A],
      depth: 3,
      limit: 50,
      workspaceId: B,
    });
  });

  it.each([
    ["", "page"],
    ["page=,", "page"],
    [Array.from({ length: 13 }, (_, i) => `page=${i}`).join("&"), "page"],
    [`page=${A}&depth=two`, "depth"],
    [`page=${A}&depth=-1`, "depth"],
    [`page=${A}&depth=1&depth=2`, "depth"],
    [`page=${A}&limit=1e3`, "limit"],
    [`page=${A}&workspace=Garden`, "workspaceId"],
  ])("refuses %s", (text, field) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ name: "InvalidSearchError", field }));
  });
});
