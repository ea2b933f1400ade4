import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { test as base, inject } from "vitest";
import { launchChromium } from "./chromium.ts";
import { createHandbookDatabase, READER } from "./handbook-database.ts";
import { startApp } from "./served-app.ts";

/** Opens a page in a profile of its own; addresses are those of the app. The fixture closes it. */
export type OpenPage = (options?: BrowserContextOptions & { signedIn?: boolean }) => Promise<Page>;

/** Fills in the form of the page to sign in, and waits until it leads on. */
export async function signIn(page: Page, { email, password }: typeof READER): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  // The address changes before the page does, which may have a field of the same name.
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor({ state: "detached" });
}

/**
 * Vitest's `test` with the app on a database that holds the handbook, and Chromium to look at it. Both are there
 * once a run, for all files, because they take longer to start than a test: so a test leaves the handbook as it
 * is, and does not mind which column of embeddings the app reads. `app.url` is where the app is, `page` a new
 * page of the reader who is signed in, `open` makes more, with other options.
 */
export const test = base
  .extend("run", { scope: "worker" }, () => inject("testRun"))
  .extend("app", { scope: "worker" }, async ({ run }, { onCleanup }) => {
    const database = await createHandbookDatabase(run);
    const { url, stop } = await startApp(database.url);
    onCleanup(async () => {
      await stop();
      await database.drop();
    });
    return { url, database };
  })
  .extend("database", { scope: "worker" }, ({ app }) => app.database)
  .extend("browser", { scope: "worker" }, async ({ app: _ }, { onCleanup }): Promise<Browser> => {
    const browser = await launchChromium();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("session", { scope: "worker" }, async ({ browser, app }) => {
    const context = await browser.newContext({ baseURL: app.url });
    const page = await context.newPage();
    await page.goto("/sign-in");
    await signIn(page, READER);
    const session = await context.storageState();
    await context.close();
    return session;
  })
  .extend("open", async ({ browser, app, session }, { onCleanup }): Promise<OpenPage> => {
    const contexts: { close(): Promise<void> }[] = [];
    onCleanup(async () => {
      await Promise.all(contexts.map((context) => context.close()));
    });
    return async ({ signedIn = true, ...options } = {}) => {
      const storageState = signedIn ? { storageState: session } : {};
      const context = await browser.newContext({ baseURL: app.url, ...storageState, ...options });
      contexts.push(context);
      context.setDefaultTimeout(15_000);
      return context.newPage();
    };
  })
  .extend("page", ({ open }): Promise<Page> => open());
