import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { startScript } from "../support/cli.ts";
import { test as base, signIn } from "./app-test.ts";
import { backToBaseline } from "./back-to-baseline.ts";
import { READER } from "./handbook-database.ts";

const SLOW = 240_000;
/** What is written is found as soon as the worker has embedded it. */
const INDEXED = { timeout: 60_000, interval: 500 };

/** With a worker, as a deployment has one. */
const test = base.extend("worker", { scope: "worker" }, async ({ app }, { onCleanup }) => {
  const worker = startScript("scripts/worker.ts", { databaseUrl: app.database.url });
  onCleanup(async () => {
    worker.kill("SIGTERM");
    await worker.exit;
  });
  await worker.printed(/^Indexes with/);
  return worker;
});

interface Garden {
  folder: string;
  /** A word that no other page has. */
  word: string;
}

/** Two pages that link to each other, about something that the handbook does not know. */
async function writeGarden(): Promise<Garden> {
  const word = `greenhouse ${randomBytes(3).toString("hex")}`;
  const folder = join(await mkdtemp(join(tmpdir(), "garden-")), word.replace(" ", "-"));
  await mkdir(folder);
  await writeFile(
    join(folder, "tomatoes.md"),
    `# Tomatoes of ${word}\n\nSee [watering](watering.md) too.\n\n## Sowing\n\nTomatoes are sown indoors in the last week of March, two seeds to a pot, and planted out after the last frost in May.\n`,
  );
  await writeFile(
    join(folder, "watering.md"),
    `# Watering of ${word}\n\nTomatoes are watered at the root early in the morning, never on the leaves, and every second day in July.\n`,
  );
  return { folder, word };
}

/** What a member does on one day, from the front door on. Every step is seen on the screen. */
async function workday(page: Page): Promise<void> {
  const { folder, word } = await writeGarden();
  await page.goto("/app/import");
  await signIn(page, READER);
  await page.getByRole("heading", { level: 1, name: "Import files" }).waitFor();
  await page.getByLabel("A folder").setInputFiles(folder);
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("2 new pages, 0 updated").waitFor();
  await rm(join(folder, ".."), { recursive: true });

  const sowing = `Tomatoes of ${word} › Sowing`;
  await found(page, `when are tomatoes sown in ${word}`, sowing);
  await page.getByRole("link", { name: sowing }).first().click();
  await page.getByRole("heading", { level: 1, name: `Tomatoes of ${word}` }).waitFor();
  expect(await page.locator(":target").textContent()).toBe("Sowing");
  expect(await page.getByRole("complementary").textContent()).toContain(`Watering of ${word}`);

  await page.getByLabel("Your question").fill("When are tomatoes planted out?");
  await page.keyboard.press("Enter");
  const citation = page
    .locator(".chat-turns")
    .getByRole("link", { name: /^Source \d/ })
    .first();
  await citation.waitFor();
  await page.getByRole("heading", { name: "Sources" }).waitFor();
  expect(await page.locator(".chat-turns").textContent()).toContain(
    "planted out after the last frost in May",
  );
  await citation.click();
  expect(await page.locator(":target").textContent()).toMatch(/Sowing|Tomatoes are sown indoors/);

  const [old, edited] = ["two seeds to a pot", `one chilli of ${word} beside each`];
  await page.getByRole("link", { name: "Edit" }).click();
  const text = page.getByLabel("Text");
  await text.fill((await text.inputValue()).replace(old, edited));
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(edited).waitFor();
  const sown = (how: string) => `Tomatoes are sown indoors in the last week of March, ${how}`;
  await expect.poll(() => excerpts(page, sown(edited)), INDEXED).toContain(edited);
  expect(await excerpts(page, sown(old))).not.toContain(old);
}

/** What stands in the results of a search for pages. */
async function excerpts(page: Page, query: string): Promise<string> {
  await page.goto(`/app?${new URLSearchParams({ q: query, types: "pages" })}`);
  await page.locator(".results").waitFor();
  return (await page.locator(".result .excerpt").allTextContents()).join("\n");
}

/** Searches until the result of that title is there. */
async function found(page: Page, query: string, title: string): Promise<void> {
  await expect
    .poll(async () => {
      await page.goto(`/app?${new URLSearchParams({ q: query })}`);
      return await page.locator(".result h2").allTextContents();
    }, INDEXED)
    .toContain(title);
}

/** The workday in a browser without a session, and what the server or the page complained of meanwhile. */
async function liveThrough(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await workday(page);
  return complaints;
}

describe("sign in, import a folder, search, open, chat, follow a citation, edit, find the new text", () => {
  test("before the migration", { timeout: SLOW }, async ({ open, worker: _ }) => {
    expect(await liveThrough(await open({ signedIn: false }))).toEqual([]);
  });

  test("while the migration runs underneath, until after the swap, and then once more", {
    timeout: SLOW,
  }, async ({ open, database, worker: _ }) => {
    const migration = startScript("scripts/migrate-to-halfvec.ts", {
      args: ["run", "--yes", "--rows-per-second", "10", "--json"],
      databaseUrl: database.url,
    });
    await migration.printed(/"phase":"convert"/);
    expect(await liveThrough(await open({ signedIn: false }))).toEqual([]);
    expect(await migration.exit, migration.stderr()).toMatchObject({ code: 0 });
    expect(await liveThrough(await open({ signedIn: false }))).toEqual([]);
    await backToBaseline(database.url);
  });
});
