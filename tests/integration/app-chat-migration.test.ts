import pg from "pg";
import { expect } from "vitest";
import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { forgetEmbeddingColumns } from "../../app/services/embedding-columns.server.ts";
import { embeddingProvider } from "../../app/services/embeddings/provider-choice.server.ts";
import { importMarkdownFolder } from "../../app/services/import/import-markdown.server.ts";
import { writeHandbook } from "../e2e/handbook.ts";
import { type ComparableAnswer, extractiveAnswer } from "../support/chat-answers.ts";
import { goBack, runUntil } from "../support/engine.ts";
import { test as withDatabase } from "../support/test.ts";

const test = withDatabase.extend<{ pool: pg.Pool }>({
  pool: async ({ database }, use) => {
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on("error", () => {});
    await use(pool);
    await pool.end();
  },
});

test.override({ through: "init" });

const QUESTIONS = [
  "How do I restore a database?",
  "How often do certificates renew?",
  "What is the chemical formula of water?",
];

test("the chat answers the same before the swap, after it, and after a rollback", {
  timeout: 240_000,
}, async ({ database, pool }) => {
  const { folder, remove } = await writeHandbook();
  const { workspaceId } = await importMarkdownFolder(folder, { workspace: "Handbook", database: pool });
  await remove();
  const answers = async () => {
    for (const table of EMBEDDING_TABLES) forgetEmbeddingColumns(table, pool);
    const told: ComparableAnswer[] = [];
    for (const question of QUESTIONS) told.push(await extractiveAnswer({ workspaceId, question }, pool));
    return told;
  };
  const before = await answers();
  expect(before.map(({ quotes }) => quotes.length > 0)).toEqual([true, true, true]);

  await runUntil(database, "swap");
  const after = await answers();
  expect(after.map(comparable)).toEqual(before.map(comparable));
  expect(furthest(before, after)).toBeLessThan(0.01);

  await goBack(database, "baseline");
  const back = await answers();
  expect(back.map(comparable)).toEqual(before.map(comparable));
  expect(furthest(before, back)).toBeLessThan(1e-6);
  await embeddingProvider().close();
});

function comparable({ kind, quotes, nearest }: ComparableAnswer) {
  return { kind, quotes, nearest: [...nearest.keys()].sort() };
}

/** The largest difference of a similarity. */
function furthest(a: readonly ComparableAnswer[], b: readonly ComparableAnswer[]): number {
  const differences = a.flatMap(({ nearest }, at) =>
    [...nearest].map(([name, similarity]) => Math.abs(similarity - (b[at]?.nearest.get(name) ?? Number.NaN))),
  );
  return Math.max(...differences);
}
