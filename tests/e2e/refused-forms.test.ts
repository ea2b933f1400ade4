import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { test as base } from "./app-test.ts";
import { findings, overflow, SCREENS } from "./axe-findings.ts";

/** The address of a page of the handbook's workspace that is this test's own. */
const test = base.extend("ownPage", async ({ page, database }, { onCleanup }) => {
  await page.goto("/app/pages/new");
  await page.getByLabel("Title").fill(`Watering ${randomUUID()}`);
  await page.getByLabel("Text").fill("Once a week.\n".repeat(40));
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL(/\/app\/pages\/[0-9a-f-]{36}$/);
  const address = new URL(page.url()).pathname;
  onCleanup(async () => {
    await database.pool.query("DELETE FROM pages WHERE id = $1", [address.split("/").at(-1)]);
  });
  return address;
});

/** Where the focus is, and whether a reader sees it. */
async function focused(page: Page): Promise<{ text: string | null; seen: boolean }> {
  return await page.evaluate(() => {
    const { top, bottom } = document.activeElement?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
    const text = document.activeElement?.textContent ?? null;
    return { text, seen: top >= 0 && bottom <= window.innerHeight };
  });
}

async function save(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Save" }).click();
  await answered;
}

describe.for(Object.entries(SCREENS))("%s", ([, screen]) => {
  test("who saves what somebody else has changed is led to the other text", async ({ open, ownPage }) => {
    const [first, second] = [await open(screen), await open(screen)];
    for (const page of [first, second]) {
      await page.goto(`${ownPage}/edit`);
      await page.getByLabel("Text").fill("Twice a week.\n".repeat(40));
    }
    await save(first);
    await first.waitForURL(ownPage);
    await save(second);
    await second.getByRole("heading", { name: "Somebody else changed this page" }).waitFor();
    expect(await focused(second)).toEqual({ text: "Somebody else changed this page", seen: true });
    expect(await second.getByLabel("Text").last().inputValue()).toContain("Twice a week.");
    expect(await findings(second)).toEqual([]);
    expect(await overflow(second)).toBe(0);
  });
});
