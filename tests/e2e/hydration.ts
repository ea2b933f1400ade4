import type { Page } from "playwright-core";

/** Waits until React has taken over what the server sent: a form that is sent earlier loads a whole new page, which has no focus. */
export async function waitForHydration(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    Object.keys(document.querySelector("main") ?? {}).some((property) =>
      property.startsWith("__reactProps$"),
    ),
  );
}
