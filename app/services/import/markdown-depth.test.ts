import { expect, test } from "vitest";
import { ContentError } from "../content/content-error.ts";
import { parseMarkdownPage } from "./markdown-page.ts";

const DEEP: Readonly<Record<string, string>> = {
  quotes: ">".repeat(2_000),
  "quotes, with spaces": "> ".repeat(2_000),
  "lists on one line": `${"- ".repeat(1_000)}x`,
  "numbered lists on one line": `${"1. ".repeat(1_000)}x`,
  "lists on many lines": Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- x`).join("\n"),
  emphasis: `${"*a ".repeat(300)}b${"*".repeat(300)}`,
};

test.for(Object.entries(DEEP))("a text that nests too deep is refused: %s", ([, markdown]) => {
  expect(() => parseMarkdownPage(markdown)).toThrow(ContentError);
});

test.for([
  ["a line of dashes", "-".repeat(500)],
  ["a line of stars with spaces", "* ".repeat(50)],
  ["code that is indented far", `\`\`\`\n${" ".repeat(400)}x\n\`\`\``],
  ["a quote in a list in a quote", "> - a\n>   > b"],
] as const)("what people write is not: %s", ([, markdown]) => {
  expect(() => parseMarkdownPage(`Before.\n\n${markdown}\n\nAfter.`)).not.toThrow();
});
