import { describe, expect, it } from "vitest";
import { excerpt } from "./excerpt.ts";

const shown = (text: string, query: string, length?: number) =>
  excerpt(text, query, length)
    .map((part) => (part.match ? `[${part.text}]` : part.text))
    .join("");

describe("excerpt", () => {
  it("marks whole words of the query, whatever their case", () => {
    expect(shown("The Schema of a schematic schema.", "schema")).toBe(
      "The [Schema] of a schematic [schema].",
    );
  });

  it("does not mark words that are in every text", () => {
    expect(shown("to be or not to be", "to be")).toBe("to be or not to be");
    expect(shown("How the retry works, and what it does", "How does the retry work?")).toBe(
      "How the [retry] works, and what it does",
    );
    expect(shown("what you are", "Who are you?")).toBe("what you are");
  });

  it("shows the stretch with the most words of the query", () => {
    const text = `${"filler ".repeat(60)}alpha ${"filler ".repeat(60)}alpha and beta ${"filler ".repeat(60)}`;
    expect(shown(text, "alpha beta", 60)).toMatch(/^… (filler )+\[alpha\] and \[beta\] (filler ?)+ …$/);
  });

  it("shows the beginning where no word matches, cut at a word", () => {
    expect(shown("one two three four five", "zebra", 10)).toBe("one two …");
  });

  it("cuts a text without spaces", () => {
    expect(shown("x".repeat(50), "zebra", 10)).toBe(`${"x".repeat(10)} …`);
  });

  it("leaves out the marks of Markdown and line breaks", () => {
    expect(shown("## Use\n\n- `a`\n- **b**\n\n```ts\nrun();\n```", "")).toBe("Use a b run();");
  });

  it("takes a query as words, not as a pattern", () => {
    expect(shown("a (b) c.*", ".*(")).toBe("a (b) c.*");
  });
});
