import { expect, test } from "vitest";
import { readScenarios } from "./guide-blocks.ts";
import { statementsOf } from "./guide-commands.ts";

const FENCE = "```";

test("blocks become scenarios, with what the comments above them say", () => {
  const scenarios = readScenarios(`# Guide
## Go
<!-- on: swapped, written; exit: 3; says: not ready -->
${FENCE}sh
one
two
${FENCE}
<!-- printed -->
${FENCE}text
✓ one
${FENCE}
<!-- then; needs: psql; leaves: baseline; rows: some -->
${FENCE}sql
SELECT 1;
${FENCE}
<!-- on: expanded; checkout: release 1 -->
${FENCE}sh
three
${FENCE}
`);
  expect(scenarios).toMatchObject([
    {
      title: "Go, line 4: one",
      on: "swapped, written",
      needs: ["psql"],
      blocks: [
        { text: "one\ntwo", exit: 3, says: "not ready", printed: "✓ one", leaves: null, rows: false },
        { language: "sql", text: "SELECT 1;", on: null, exit: 0, leaves: "baseline", rows: true },
      ],
    },
    { on: "expanded", needs: [], blocks: [{ text: "three", checkout: "release 1", printed: null }] },
  ]);
});

test.for([
  ["a block with no comment", `${FENCE}sh\none\n${FENCE}`, "line 1: a block of sh with no comment above it"],
  ["a comment with no block", "<!-- on: swapped -->\ntext", "line 1: a comment with no block under it"],
  [
    "another language",
    `${FENCE}bash\none\n${FENCE}`,
    "line 1: a block in 'bash'; known are sh, sql and text",
  ],
  [
    "a word that is not known",
    `<!-- in: x -->\n${FENCE}sh\none\n${FENCE}`,
    "line 2: 'in' is none of on, then",
  ],
  [
    "nothing to go on with",
    `<!-- then -->\n${FENCE}sh\none\n${FENCE}`,
    "line 2: there is nothing that it could",
  ],
  ["neither on nor then", `<!-- exit: 1 -->\n${FENCE}sh\none\n${FENCE}`, "line 2: either 'on' or 'then'"],
])("%s is an error", ([, markdown = "", message = ""]) => {
  expect(() => readScenarios(markdown)).toThrow(message);
});

test("statements end as psql ends them", () => {
  const body = "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\n  SELECT 1;\n$$;";
  expect(statementsOf(`SELECT 1;\n${body}\nSELECT a\nFROM b \\gexec`)).toEqual([
    "SELECT 1;",
    body,
    "SELECT a\nFROM b \\gexec",
  ]);
  expect(() => statementsOf("SELECT 1")).toThrow("a statement without an end: SELECT 1");
});
