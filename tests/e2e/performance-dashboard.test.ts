import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { finished, startScript } from "../support/cli.ts";
import { test } from "./app-test.ts";
import { findings, overflow, SCREENS } from "./axe-findings.ts";
import { backToBaseline } from "./back-to-baseline.ts";
import {
  DASHBOARD,
  keyFigure,
  openDashboard,
  type ShownTable,
  SOON,
  shownTables,
  toldTables,
} from "./dashboard-page.ts";

const SLOW = 300_000;

function run(databaseUrl: string, ...args: string[]) {
  return startScript("scripts/migrate-to-halfvec.ts", {
    args: ["run", "--yes", "--json", ...args],
    databaseUrl,
  });
}

/** Runs the migration so far and looks at the page all the while. */
async function watched(page: Page, databaseUrl: string, ...args: string[]): Promise<ShownTable[][]> {
  const migration = run(databaseUrl, ...args);
  let ended = false;
  const exit = finished(migration).finally(() => {
    ended = true;
  });
  const seen: ShownTable[][] = [];
  while (!ended) {
    seen.push(await shownTables(page));
    await page.waitForTimeout(250);
  }
  expect(await exit).toMatchObject({ code: 0 });
  return seen;
}

/** The page comes to show what the command line says, without being loaded again. */
async function agrees(page: Page, databaseUrl: string): Promise<void> {
  const told = await toldTables(databaseUrl);
  await expect.poll(() => shownTables(page), SOON).toEqual(told);
}

test("the page shows a migration that runs in another process, without being loaded again", {
  timeout: SLOW,
}, async ({ page, database: { url } }) => {
  const failed: string[] = [];
  page.on("pageerror", (error) => failed.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") failed.push(message.text());
  });
  await openDashboard(page);
  let loads = 0;
  page.on("load", () => {
    loads += 1;
  });
  expect(await keyFigure(page, "How far")).toBe("Not begun");
  await agrees(page, url);

  await watched(page, url, "--until", "expand");
  await agrees(page, url);

  const converting = await watched(page, url, "--until", "convert", "--rows-per-second", "5");
  await agrees(page, url);
  const steps = converting.map((tables) =>
    tables.reduce((sum, { progress }) => sum + (progress?.[0] ?? 0), 0),
  );
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(new Set(steps).size).toBeGreaterThan(3);
  expect(new Set(converting.flat().map(({ phase }) => phase))).toContain("converting");
  expect(await page.getByRole("img", { name: /^Rate of the conversion/ }).count()).toBe(1);

  const verifying = await watched(page, url, "--until", "verify");
  await agrees(page, url);
  expect((await shownTables(page)).map(({ phase, verify }) => [phase, verify])).toEqual(
    Array.from({ length: 4 }, () => ["indexed", "green"]),
  );
  expect(verifying.length).toBeGreaterThan(0);
  expect(await keyFigure(page, "Recall")).toMatch(/^\d+\.\d %/);

  await watched(page, url);
  await agrees(page, url);
  await expect.poll(() => keyFigure(page, "How far"), SOON).toMatch(/^Swapped/);
  expect(await keyFigure(page, "Storage")).toMatch(/^−\d+ %/);

  expect({ loads, failed }).toEqual({ loads: 0, failed: [] });
  await backToBaseline(url);
  await expect.poll(() => keyFigure(page, "How far"), SOON).toBe("Not begun");
});

describe.for(Object.entries(SCREENS))("%s", ([, screen]) => {
  test("axe finds nothing in the page before and after a migration, everything opened", {
    timeout: SLOW,
  }, async ({ open, database: { url } }) => {
    const page = await open(screen);
    const look = async (search = "") => {
      await page.goto(`${DASHBOARD}${search}`);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll("main details")) details.setAttribute("open", "");
      });
      expect(await findings(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    };
    await look();
    expect(await finished(run(url))).toMatchObject({ code: 0 });
    await look("?confirm=verify");
    await backToBaseline(url);
  });
});
