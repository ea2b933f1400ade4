import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { signIn, test } from "./app-test.ts";
import { DASHBOARD, openDashboard, SOON } from "./dashboard-page.ts";
import { READER } from "./handbook-database.ts";
import { startApp } from "./served-app.ts";

describe("the stream of the dashboard", () => {
  test("ends with the app, which it does not hold up, and comes back with it", async ({
    browser,
    database,
  }) => {
    const sessionSecrets = [randomBytes(32).toString("hex")];
    const first = await startApp(database.url, { sessionSecrets });
    const context = await browser.newContext({ baseURL: first.url });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await signIn(page, READER);
    await openDashboard(page);
    let stopped = false;
    void first.stop().then(() => {
      stopped = true;
    });
    // Less than the ten seconds for which a browser keeps a connection that it has opened in advance.
    await expect.poll(() => stopped, { timeout: 8_000, interval: 50 }).toBe(true);
    await page.getByText("Reconnecting…").waitFor();
    const second = await startApp(database.url, { port: Number(new URL(first.url).port), sessionSecrets });
    await page.getByText("Live", { exact: true }).waitFor();
    await context.close();
    await second.stop();
  });

  test("is replaced by reading the page again where it does not come through", async ({ page }) => {
    await page.clock.install();
    await page.route("**/events?*", (route) => route.fulfill({ status: 502, body: "" }));
    await page.goto(DASHBOARD);
    await page.getByText("Reloading every 15 s").waitFor();
    const again = page.waitForRequest((request) => request.url().includes("performance-dashboard.data"));
    await page.clock.runFor(16_000);
    expect((await (await again).response())?.status()).toBe(200);
  });

  test("leads to the sign-in once the session is over", async ({ open, database: { pool } }) => {
    const page = await open({ signedIn: false });
    const email = `${randomBytes(4).toString("hex")}@example.com`;
    await pool.query(
      `WITH reader AS (
         INSERT INTO users (email, password_hash, password_chosen_at) SELECT $1, password_hash, now() FROM users WHERE email = $2 RETURNING id)
       INSERT INTO memberships (user_id, workspace_id, role)
       SELECT reader.id, m.workspace_id, 'admin' FROM reader, memberships m JOIN users u ON u.id = m.user_id
       WHERE u.email = $2`,
      [email, READER.email],
    );
    await page.goto("/sign-in");
    await signIn(page, { ...READER, email });
    await openDashboard(page);
    await pool.query("DELETE FROM users WHERE email = $1", [email]);
    await page.waitForURL(/\/sign-in/, { timeout: SOON.timeout });
  });
});
