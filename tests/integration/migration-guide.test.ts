import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { phasesOf } from "../../app/services/halfvec/step-migrations.ts";
import { readScenarios } from "../support/guide-blocks.ts";
import { runBlock } from "../support/guide-commands.ts";
import { checkOut, prepareState } from "../support/guide-states.ts";
import { test as base } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = base.override({ through: "init" });
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
    test(title, { timeout: 240_000, tags: [...new Set(needs)] }, async ({ database, skip }) => {
      const directory = await createWorkingCopy();
      await prepareState(database, directory, on);
      for (const block of blocks) {
        if (block.checkout !== null) await checkOut(directory, block.checkout);
        const { code, output, rows } = await runBlock(database, directory, block);
        skip(/aborting because of server version mismatch/.test(output), "pg_dump is older than the server");
        const place = `line ${block.line}:\n${output}`;
        expect(code, place).toBe(block.exit);
        expect(output, place).toContain(block.says ?? "");
        expect(rows > 0 || !block.rows, `${place} no rows`).toBe(true);
        if (block.printed !== null) {
          expect(shapeOf(output)).toEqual(expect.arrayContaining(shapeOf(block.printed)));
        }
        if (block.leaves !== null) {
          const phases = await phasesOf(database.client, EMBEDDING_TABLES);
          expect(phases, place).toEqual(EMBEDDING_TABLES.map(() => block.leaves));
        }
      }
    });
  }
});
