import { describe, expect, it } from "vitest";
import { answerBlocks, answerPieces } from "./answer-blocks.ts";

describe("answerBlocks", () => {
  it("reads paragraphs, lists and code", () => {
    const answer = "First line\nsecond [1].\n\n- one\n- two\n1. three\n```sh\nnpm run [x]\n```\n## Last";
    expect(answerBlocks(answer)).toEqual([
      {
        kind: "paragraph",
        pieces: [
          { kind: "text", text: "First line" },
          { kind: "text", text: " " },
          { kind: "text", text: "second " },
          { kind: "cite", n: 1 },
          { kind: "text", text: "." },
        ],
      },
      {
        kind: "list",
        ordered: false,
        items: [[{ kind: "text", text: "one" }], [{ kind: "text", text: "two" }]],
      },
      { kind: "list", ordered: true, items: [[{ kind: "text", text: "three" }]] },
      { kind: "code", text: "npm run [x]" },
      { kind: "paragraph", pieces: [{ kind: "text", text: "Last" }] },
    ]);
  });

  it("shows the code of an answer that is still being written", () => {
    expect(answerBlocks("```\nnpm")).toEqual([{ kind: "code", text: "npm" }]);
  });

  it("makes nothing of markup that could lead away or load something", () => {
    const text =
      '[here](https://example.com) ![x](https://example.com/a.png) <img src="x"> https://example.com';
    expect(answerPieces(text)).toEqual([{ kind: "text", text }]);
  });
});

describe("answerPieces", () => {
  it("knows bold, code and characters that only look like marks", () => {
    expect(answerPieces("a **b c** `d[1]` ``e`f`` \\[2\\] \\*g\\* [3]")).toEqual([
      { kind: "text", text: "a " },
      { kind: "strong", text: "b c" },
      { kind: "text", text: " " },
      { kind: "code", text: "d[1]" },
      { kind: "text", text: " " },
      { kind: "code", text: "e`f" },
      { kind: "text", text: " [2] *g* " },
      { kind: "cite", n: 3 },
    ]);
  });
});
