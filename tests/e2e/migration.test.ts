import type { Page, Response } from "playwright-core";
import { expect } from "vitest";
import { startScript } from "../support/cli.ts";
import { test } from "./app-test.ts";
import { backToBaseline } from "./back-to-baseline.ts";

const QUESTIONS = [
  ["how do I restore a database from a copy", "Backups"],
  ["who is paged at night", "On call"],
  ["when is a new version deployed", "Releases"],
  ["taking time off in the summer", "Holidays"],
] as const;

/** One answer as its reader saw it. */
interface Seen {
  status: number;
  /** Whether the page that answers was among the hits. */
  right: boolean;
  hits: number;
  /** `vector` or `halfvec`, and the column's name, of each table. */
  columns: string[];
}

/** Types a question into the form and waits for its answer. */
async function ask(page: Page, turn: number): Promise<Seen> {
  const [question, expected] = QUESTIONS[turn % QUESTIONS.length] as (typeof QUESTIONS)[number];
  // Another text each time, or the browser may answer by itself.
  const query = `${question} ${turn}`;
  await page.getByLabel("Search by meaning").fill(query);
  const isAnswer = (response: Response) => new URL(response.url()).searchParams.get("q") === query;
  const [response] = await Promise.all([page.waitForResponse(isAnswer), page.keyboard.press("Enter")]);
  await page.getByRole("list", { name: `Results for ${query}` }).waitFor();
  const titles = await page.locator(".result h2").allTextContents();
  return {
    status: response.status(),
    right: titles.some((title) => title.startsWith(expected)),
    hits: titles.length,
    columns: await page.locator(".colophon li > :nth-child(-n+2)").allTextContents(),
  };
}

function columns(name: string, type: string): string[] {
  const tables = ["page_embeddings", "block_embeddings", "database_row_embeddings", "documents"];
  return tables.flatMap((table) => [`${table}.${name}`, type]);
}

test("searches go on while the database is migrated underneath, until after the swap", {
  timeout: 120_000,
}, async ({ page, database }) => {
  const failed: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  page.on("pageerror", (error) => failed.push(String(error)));
  await page.goto("/app");
  const before = await ask(page, 0);

  // Slow enough that there is something to be seen in between.
  const migration = startScript("scripts/migrate-to-halfvec.ts", {
    args: ["run", "--yes", "--rows-per-second", "20", "--json"],
    databaseUrl: database.url,
  });
  let exit: Awaited<typeof migration.exit> | undefined;
  migration.exit.then((ended) => {
    exit = ended;
  });
  const during: Seen[] = [];
  while (exit === undefined) during.push(await ask(page, during.length + 1));
  expect({ ...exit, stderr: migration.stderr() }).toEqual({ code: 0, signal: null, stderr: "" });
  // What the app knows of the columns it keeps for three seconds.
  let turn = during.length;
  const after: Seen[] = [];
  await expect
    .poll(
      async () => {
        after.push(await ask(page, ++turn));
        return after.at(-1)?.columns;
      },
      { timeout: 20_000, interval: 200 },
    )
    .toEqual(columns("embedding", "halfvec"));

  expect(before).toMatchObject({ status: 200, right: true, hits: 10 });
  expect(before.columns).toEqual(columns("embedding", "vector"));
  expect(during.length).toBeGreaterThan(10);
  const all = [before, ...during, ...after];
  expect(all.filter(({ status, right, hits }) => status !== 200 || !right || hits !== 10)).toEqual([]);
  expect(failed).toEqual([]);
  await backToBaseline(database.url);
});
