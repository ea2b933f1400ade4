import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { storeDatabaseRowEmbeddings } from "../../app/services/embedding-generation.server.ts";
import { test } from "./app-test.ts";
import { waitForHydration } from "./hydration.ts";

const QUESTION = "How do I get lost data back from the nightly copy?";
const PROCEDURE = "How do I restore a damaged database beside the old one, under another name?";

async function titles(page: Page): Promise<string[]> {
  await page.locator(".results").waitFor();
  return page.locator(".result h2").allTextContents();
}

/** The text of what the address points at, once it is on the screen. */
async function shownTarget(page: Page): Promise<string> {
  const target = page.locator(":target");
  await target.waitFor();
  const seen = await target.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= window.innerHeight;
  });
  expect(seen).toBe(true);
  return (await target.textContent()) ?? "";
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

describe("a search", () => {
  test("finds the page that answers, and opens it at the passage", async ({ open }) => {
    const page = await open({ viewport: { width: 1000, height: 400 } });
    await page.goto("/app");
    await page.getByLabel("Search by meaning").fill(PROCEDURE);
    await page.getByLabel("Pages").check();
    await page.getByRole("button", { name: "Search" }).click();
    expect(await titles(page)).toContain("Backups › Restore a database");
    expect(await page.title()).toBe(`${PROCEDURE} – Workspace search`);
    await page
      .locator(".result:has(.kind-pages)")
      .getByRole("link", { name: "Backups › Restore a database" })
      .click();
    await page.waitForURL(/\/app\/pages\/[^/]+#restore-a-database$/);
    expect(await shownTarget(page)).toBe("Restore a database");
    expect(await page.locator(".source h1").textContent()).toBe("Backups");
  });

  test("opens a block within its page", async ({ open }) => {
    const page = await open({ viewport: { width: 1000, height: 400 } });
    await page.goto(`/app?${new URLSearchParams({ q: QUESTION, types: "blocks" })}`);
    const excerpt = page.locator(".excerpt", { hasText: "Stop the workers first" });
    const passage = page.locator(".result", { has: excerpt });
    await passage.getByRole("link", { name: "Backups › Restore a database" }).click();
    await page.waitForURL(/\/app\/pages\/[^/]+#/);
    expect(await shownTarget(page)).toMatch(/^Stop the workers first/);
  });

  test("marks the words that say something, not those in every text", async ({ page }) => {
    await page.goto(`/app?${new URLSearchParams({ q: "how do I restore the database" })}`);
    const marks = await page.locator("mark").allTextContents();
    expect(new Set(marks.map((mark) => mark.toLowerCase()))).toEqual(new Set(["restore", "database"]));
  });

  test("finds nothing among the rows while there are none, and a new one at once", async ({
    page,
    database,
  }) => {
    const row = await insertRow(database.pool);
    await page.goto("/app?q=retry+a+failed+request&types=rows");
    expect(await page.locator(".notice").textContent()).toMatch(
      /^No matchesNothing among the rows comes near “retry a failed request”/,
    );
    await row.embed();
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "p-retry" }).click();
    await page.waitForURL(`**/app/rows/${row.id}`);
    expect(await page.locator(".properties").textContent()).toMatch("licenseMIT");
  });

  test("that found nothing can be widened", async ({ page }) => {
    await page.goto("/app?q=holidays&types=documents&min=0.999");
    await page.getByRole("link", { name: "Search everything" }).click();
    expect(await titles(page)).toContain("Holidays and sick leave");
    expect(await page.getByRole("checkbox", { checked: true }).count()).toBe(0);
  });

  test("without a query says what it can do, and is not sent", async ({ page }) => {
    await page.goto("/app?q=");
    expect(await page.locator("main").textContent()).toMatch("Search compares meaning, not words");
    await page.getByRole("button", { name: "Search" }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("q");
    expect(page.url()).toMatch(/\?q=$/);
  });

  test("can be made with the keyboard alone", async ({ page }) => {
    await page.goto("/app");
    await waitForHydration(page);
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to the content");
    expect(await page.locator(".skip").boundingBox()).toMatchObject({ y: expect.closeTo(8, 0) });
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("who carries the phone?");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    expect((await titles(page)).at(0)).toMatch(/^On call/);
    expect(page.url()).toMatch(/types=pages/);
    // The reader is still at the first of the four kinds, and the results stand behind the last.
    expect(await page.getByLabel("Pages").evaluate((kind) => kind === document.activeElement)).toBe(true);
    for (let step = 0; step < 4; step++) await page.keyboard.press("Tab");
    expect(await focused(page)).toMatch(/^On call/);
    await page.keyboard.press("Enter");
    // The address changes before the page does.
    await page.getByRole("heading", { level: 1, name: "On call", exact: true }).waitFor();
    expect(page.url()).toMatch(/\/app\/pages\//);
  });

  test("keeps the focus in the field, and Back shows the search before", async ({ page }) => {
    const field = page.getByLabel("Search by meaning");
    await page.goto("/app?q=holidays&types=pages");
    await waitForHydration(page);
    await field.fill("certificates");
    await page.getByLabel("Pages").uncheck();
    await field.press("Enter");
    await page.getByRole("list", { name: "Results for certificates" }).waitFor();
    expect(page.url()).toMatch(/q=certificates$/);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("q");
    await page.goBack();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#q")?.value === "holidays");
    expect(await page.getByLabel("Pages").isChecked()).toBe(true);
  });

  test("works without JavaScript", async ({ open }) => {
    const page = await open({ javaScriptEnabled: false });
    await page.goto("/app");
    await page.getByLabel("Search by meaning").fill(QUESTION);
    await page.getByLabel("Blocks").check();
    await page.getByLabel("Documents").check();
    await page.keyboard.press("Enter");
    expect(await titles(page)).toContain("Backups › Restore a database");
    expect(new Set(await page.locator(".kind").allTextContents())).toEqual(new Set(["Block", "Document"]));
    expect(await page.getByLabel("Blocks").isChecked()).toBe(true);
    await page.getByRole("link", { name: "Backups › Restore a database" }).click();
    await page.getByRole("heading", { level: 1, name: "Backups", exact: true }).waitFor();
    expect(await page.locator(".source").textContent()).toMatch("Stop the workers first");
  });
});

test("an address that leads nowhere says so, and leads back", async ({ page }) => {
  for (const address of ["/nowhere", "/app/nothing/here", `/app/pages/${randomUUID()}`, "/app/pages/1"]) {
    const response = await page.goto(address);
    expect([address, response?.status()]).toEqual([address, 404]);
    expect(await page.locator("h1").textContent()).toBe("This is not here");
  }
  await page.getByRole("link", { name: "Back to search" }).click();
  await page.getByLabel("Search by meaning").waitFor();
});

test("a page without text says so", async ({ page, database }) => {
  const { rows } = await database.pool.query<{ id: string }>(
    "SELECT id FROM pages WHERE title = 'operations'",
  );
  await page.goto(`/app/pages/${rows[0]?.id}`);
  expect(await page.locator(".source").textContent()).toMatch(/There is no text here\.$/);
});

test("no heading takes the place of what stands around a page", async ({ page, database }) => {
  const names = ["The content", "Chat", "The chat", "The chat title", "The question", "The related pages"];
  const markdown = names.map((name) => `## ${name}`).join("\n\n");
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO pages (workspace_id, title, content)
     SELECT id, 'Headings', jsonb_build_object('markdown', $1::text) FROM workspaces RETURNING id`,
    [markdown],
  );
  await page.goto(`/app/pages/${rows[0]?.id}`);
  const ids = await page.locator("[id]").evaluateAll((elements) => elements.map(({ id }) => id));
  expect(ids).toEqual(expect.arrayContaining(["the-content", "chat", "the-chat", "the_content", "the_chat"]));
  expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
  await page.locator(".source").getByRole("link", { name: "Ask" }).click();
  expect(await page.locator(":target").getAttribute("class")).toBe("chat");
  await database.pool.query("DELETE FROM pages WHERE title = 'Headings'");
});

test("a search that cannot be run says why", async ({ page }) => {
  const response = await page.goto("/app?q=x&types=songs");
  expect(response?.status()).toBe(400);
  expect(await page.getByRole("alert").textContent()).toMatch('"songs" is not one of pages');
});

/** A database row without an embedding yet. */
async function insertRow(pool: pg.Pool): Promise<{ id: string; embed: () => Promise<unknown> }> {
  const [id, databaseId] = [randomUUID(), randomUUID()];
  const { rows } = await pool.query<{ id: string }>("SELECT id FROM workspaces");
  const workspaceId = rows[0]?.id ?? "";
  await pool.query("INSERT INTO databases (id, workspace_id, name) VALUES ($1, $2, 'Packages')", [
    databaseId,
    workspaceId,
  ]);
  await pool.query("INSERT INTO database_rows (id, database_id, properties) VALUES ($1, $2, $3)", [
    id,
    databaseId,
    { name: "p-retry", license: "MIT", keywords: ["retry", "backoff"] },
  ]);
  const chunks = [{ text: "p-retry: try a function again when it fails" }];
  const rowText = { rowId: id, databaseId, workspaceId, chunks };
  return { id, embed: () => storeDatabaseRowEmbeddings([rowText], { database: pool }) };
}
