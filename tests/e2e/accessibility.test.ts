import { describe, expect } from "vitest";
import { test } from "./app-test.ts";
import { findings, overflow, SCREENS } from "./axe-findings.ts";

const PAGES: Readonly<Record<string, string>> = {
  "the start": "/app",
  "a search with hits": "/app?q=how+do+I+restore+a+database&types=pages&types=blocks",
  "a search without hits": "/app?q=anything&min=0.999",
  "a search that cannot be run": "/app?q=x&types=songs",
  "an address that leads nowhere": "/nowhere",
  "the list of pages": "/app/pages",
  "a new page": "/app/pages/new",
  "the list of databases": "/app/databases",
  "the list of documents": "/app/documents",
  "a new document": "/app/documents/new",
  "the import": "/app/import",
  "the state of indexing": "/app/settings/indexing",
};

describe.for(Object.entries(SCREENS))("%s", ([, screen]) => {
  test.for(Object.entries(PAGES))("axe finds nothing in %s", async ([, address], { open }) => {
    const page = await open(screen);
    await page.goto(address);
    expect(await findings(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  test("axe finds nothing in a page with every kind of block, nor in a document", async ({ open }) => {
    const page = await open(screen);
    for (const [types, title] of [
      ["pages", "Code review"],
      ["documents", "Travel and expenses"],
    ]) {
      await page.goto(`/app?${new URLSearchParams({ q: `${title}`, types: `${types}` })}`);
      await page.getByRole("link", { name: title, exact: true }).first().click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      expect(await findings(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    }
  });
});

// 320 pixels: the width at which nothing may have to be scrolled sideways (https://www.w3.org/TR/WCAG22/#reflow).
test.for(Object.entries(PAGES))("%s fits the narrowest screen", async ([, address], { open }) => {
  const page = await open({ viewport: { width: 320, height: 700 }, isMobile: true });
  await page.goto(address);
  expect(await overflow(page)).toBe(0);
});
