import { describe, expect, it } from "vitest";
import { parseMarkdownPage } from "./markdown-page.ts";

const TOO_MANY = expect.objectContaining({
  name: "ContentError",
  field: "markdown",
  message: expect.stringContaining("too many marks of emphasis"),
});

describe("emphasis in one paragraph", () => {
  it.each(["a* ", "*a* ", "a**b", "*a_ ", "a~ ", "a_b ", "[*a* ", "**a** "])(
    "of 100,000 times “%s” is refused instead of parsed for minutes",
    (piece) => {
      expect(() => parseMarkdownPage(piece.repeat(100_000))).toThrow(TOO_MANY);
    },
  );

  it.each([
    ["words in italics", "*a* ", 1_000, "a a a"],
    ["names with underlines", "a_b ", 5_000, "a_b a_b"],
    ["words that are struck out", "~a~ ", 1_000, "a a a"],
  ])("may be %s, as many as people write", (_, piece, times, beginning) => {
    const [block] = parseMarkdownPage(piece.repeat(times)).blocks;
    expect(block?.text.startsWith(beginning)).toBe(true);
    expect(block?.text).toHaveLength(
      beginning.length + (times - beginning.split(" ").length) * (1 + beginning.indexOf(" ")),
    );
  });

  it("may stand in code, however often", () => {
    const code = "a* *b_c* ".repeat(100_000).trim();
    expect(parseMarkdownPage(`\`\`\`\n${code}\n\`\`\``).blocks).toMatchObject([{ type: "code", text: code }]);
  });

  it("may be as much as one likes in many paragraphs", () => {
    expect(parseMarkdownPage("*a* **b** ~c~ d_e\n\n".repeat(3_000)).blocks).toHaveLength(3_000);
  });

  it("is read as the parser alone reads it", () => {
    const [block] = parseMarkdownPage("**a *b* c** __d__ _e f_g_ ~~h~~ [*i* ~j~](k) *l").blocks;
    expect(block?.text).toBe("a b c d e f_g h i j *l");
  });
});
