import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { readScenarios } from "../support/guide-blocks.ts";
import { runBlock } from "../support/guide-commands.ts";
import { checkOut, guideState } from "../support/guide-states.ts";
import { phases } from "../support/table-phases.ts";
import { testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const GUIDE = await readFile("MIGRATION_GUIDE.md", "utf8");

/** Output with every measured figure and its unit made equal, and every gap one blank wide. */
function shapeOf(text: string): string[] {
  return text
    .replace(/\d[\d.,]*(?:e-\d+)?/g, "#")
    .replace(/# (?:bytes|kB|MB|GB|s|min)\b/g, "#")
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "));
}

describe("the commands of MIGRATION_GUIDE.md", () => {
  for (const { title, on, needs, blocks } of readScenarios(GUIDE)) {
    const { begins, steps } = guideState(on);
    const test = testOn(begins);
    test(title, { timeout: 240_000, tags: [...new Set(needs)] }, async ({ database, skip }) => {
      const directory = await createWorkingCopy();
      for (const step of steps) await step(database, directory);
      for (const block of blocks) {
        if (block.checkout !== null) await checkOut(directory, block.checkout);
        const { code, output, rows } = await runBlock(database, directory, block);
        skip(/aborting because of server version mismatch/.test(output), "pg_dump is older than the server");
        const place = `line ${block.line}:\n${output}`;
        expect(code, place).toBe(block.exit);
        expect(output, place).toContain(block.says ?? "");
        expect(rows > 0 || !block.rows, `${place} no rows`).toBe(true);
        const shown = block.printed === null ? [] : shapeOf(block.printed);
        expect(shapeOf(output), place).toEqual(expect.arrayContaining(shown));
        // Where the guide does not say what a block leaves, it may be anything.
        const left = block.leaves === null ? expect.any(Array) : [block.leaves];
        expect(await phases(database), place).toEqual(left);
      }
    });
  }
});
