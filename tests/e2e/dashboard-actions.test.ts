import type { Page } from "playwright-core";
import { expect } from "vitest";
import { finished, startScript } from "../support/cli.ts";
import { test as base } from "./app-test.ts";
import { backToBaseline } from "./back-to-baseline.ts";
import { DASHBOARD, openDashboard, SOON } from "./dashboard-page.ts";
import { READER } from "./handbook-database.ts";

/** With a migration that has got as far as its verify. */
const test = base.extend("verified", { scope: "worker" }, async ({ app: { database } }, { onCleanup }) => {
  const args = ["run", "--yes", "--json", "--until", "verify"];
  const run = startScript("scripts/migrate-to-halfvec.ts", { args, databaseUrl: database.url });
  expect(await finished(run)).toMatchObject({ code: 0 });
  onCleanup(() => backToBaseline(database.url));
});

const log = (page: Page) => page.locator(".action-log li").first();

/** Goes to a link or button by the keyboard alone and presses it. */
async function press(page: Page, name: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  for (let step = 0; step < 120; step++) {
    await page.keyboard.press("Tab");
    if ((await focused()) === name) {
      await page.keyboard.press("Enter");
      return;
    }
  }
  throw new Error(`The keyboard does not reach “${name}”.`);
}

test("an admin pauses and resumes by the keyboard, after a question, and the log says who", async ({
  page,
  verified: _,
  database,
}) => {
  const paused = async () =>
    (await database.pool.query("SELECT value FROM halfvec_migration.settings WHERE name = 'paused'")).rows[0]
      ?.value;
  await openDashboard(page);
  await press(page, "Pause conversion…");
  await page.getByRole("heading", { name: "Pause the conversion?" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Pause the conversion?");
  expect(await paused()).not.toBe(true);
  await press(page, "Pause");
  await page.getByText("The conversion waits.").waitFor();
  expect(await paused()).toBe(true);
  await expect
    .poll(() => log(page).textContent(), SOON)
    .toMatch(new RegExp(`^Pause.*${READER.email}, just now$`));

  await press(page, "Resume conversion…");
  await press(page, "Resume");
  await page.getByText("The conversion goes on.").waitFor();
  expect(await paused()).toBe(false);
});

test("the flag is turned, and turned back, without JavaScript too", async ({ open, verified: _ }) => {
  const page = await open({ javaScriptEnabled: false });
  await page.goto(DASHBOARD);
  expect(await page.locator('meta[http-equiv="refresh"]').getAttribute("content")).toBe("15");
  for (const [name, question, text] of [
    ["Read halfvec", "Let every search read halfvec?", "Search reads halfvec."],
    ["Choose by itself", "Let search choose the column by itself?", "Search chooses the column by itself."],
  ] as const) {
    await page.getByRole("link", { name: `${name}…` }).click();
    await page.getByRole("heading", { name: question }).waitFor();
    await page.getByRole("button", { name }).click();
    await page.getByRole("status").getByText(text).waitFor();
  }
  expect(await log(page).textContent()).toMatch(/^Column.*auto/);
});

test("a verify that is begun here ends in the log, and cancelling begins nothing", async ({
  page,
  verified: _,
}) => {
  await openDashboard(page);
  const before = await page.locator(".action-log li").count();
  await page.getByRole("link", { name: "Run verify…" }).click();
  await page.getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "Run verify now?" }).waitFor({ state: "detached" });
  expect(await page.locator(".action-log li").count()).toBe(before);
  await page.getByRole("link", { name: "Run verify…" }).click();
  await page.getByRole("button", { name: "Run verify" }).click();
  await page.getByText("Verify has begun.").waitFor();
  await expect.poll(() => log(page).textContent(), SOON).toMatch(/^Verify(?!.*begun).*green/);
});
