import { randomUUID } from "node:crypto";
import pg from "pg";
import { expect } from "vitest";
import { contentTransaction } from "../../app/services/content/content-transaction.server.ts";
import { createPage, readPage } from "../../app/services/content/pages.server.ts";
import { test } from "../support/content.ts";
import { whenEnded } from "../support/ended-connections.ts";
import type { TestDatabase } from "../support/test.ts";

const RENAME = "UPDATE pages SET title = title || $2 WHERE id = $1";

test("two writers in each other's way both get through", { tags: ["server"] }, async ({
  pool,
  workspace,
}) => {
  const ids = [
    await createPage(workspace, { title: "A", markdown: "" }, pool),
    await createPage(workspace, { title: "B", markdown: "" }, pool),
  ];
  let first = 0;
  let bothHaveOne = () => {};
  const reached = new Promise<void>((resolve) => {
    bothHaveOne = resolve;
  });
  let attempts = 0;
  const write = (mark: string, order: readonly string[]) =>
    contentTransaction(pool, workspace, [randomUUID()], async ({ client }) => {
      attempts += 1;
      for (const [place, id] of order.entries()) {
        await client.query(RENAME, [id, mark]);
        if (place === 0 && ++first === 2) bothHaveOne();
        await reached;
      }
    });
  await Promise.all([write("1", ids), write("2", ids.toReversed())]);
  expect(attempts).toBe(3);
  const titles = await Promise.all(ids.map(async (id) => (await readPage(workspace, id, pool))?.title));
  expect(titles).toEqual([expect.stringMatching(/^A(12|21)$/), expect.stringMatching(/^B(12|21)$/)]);
});

test.for([
  [1, 2],
  [2, 3],
] as const)(
  "%i writers that come first are outlived by the attempts after them",
  {
    tags: ["server"],
  },
  async ([others, needed], { database, pool, workspace }) => {
    const id = await createPage(workspace, { title: "A", markdown: "" }, pool);
    const attempts = await attemptsAgainst(database, workspace, id, others);
    expect(attempts).toEqual({ made: needed, code: null });
    expect((await readPage(workspace, id, pool))?.title).toBe(`A${"x".repeat(others)}!`);
  },
);

test("a writer who never gets through is told so", { tags: ["server"] }, async ({
  database,
  pool,
  workspace,
}) => {
  const id = await createPage(workspace, { title: "A", markdown: "" }, pool);
  expect(await attemptsAgainst(database, workspace, id, 9)).toEqual({ made: 3, code: "40001" });
  expect((await readPage(workspace, id, pool))?.title).toBe("Axxx");
});

/** Writes where transactions are serializable, while before each of the first attempts somebody else writes the same. */
async function attemptsAgainst(
  database: TestDatabase,
  workspace: string,
  id: string,
  others: number,
): Promise<{ made: number; code: string | null }> {
  const strict = new pg.Pool({
    connectionString: database.url,
    options: "-c default_transaction_isolation=serializable",
  });
  const ended = whenEnded(strict);
  let made = 0;
  const code = await contentTransaction(strict, workspace, [id], async ({ client }) => {
    if (++made <= others) await database.query(RENAME, [id, "x"]);
    await client.query(RENAME, [id, "!"]);
  }).then(
    () => null,
    (error: { code: string }) => error.code,
  );
  await strict.end();
  await ended();
  return { made, code };
}
