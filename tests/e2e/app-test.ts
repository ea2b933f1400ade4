import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { test as base, inject } from "vitest";
import { launchChromium } from "./chromium.ts";
import { createHandbookDatabase } from "./handbook-database.ts";
import { startApp } from "./served-app.ts";

/** Opens a page in a profile of its own; addresses are those of the app. The fixture closes it. */
export type OpenPage = (options?: BrowserContextOptions) => Promise<Page>;

/**
 * Vitest's `test` with the app on a database that holds the handbook, and Chromium to look at it. Both are there
 * once a run, for all files, because they take longer to start than a test: so a test leaves the handbook as it
 * is, and does not mind which column of embeddings the app reads. `app.url` is where the app is, `page` a new
 * page, `open` makes more, with other options.
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
  .extend("open", async ({ browser, app }, { onCleanup }): Promise<OpenPage> => {
    const contexts: { close(): Promise<void> }[] = [];
    onCleanup(async () => {
      await Promise.all(contexts.map((context) => context.close()));
    });
    return async (options) => {
      const context = await browser.newContext({ baseURL: app.url, ...options });
      contexts.push(context);
      context.setDefaultTimeout(15_000);
      return context.newPage();
    };
  })
  .extend("page", ({ open }): Promise<Page> => open());
