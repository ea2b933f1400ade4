import { expect } from "vitest";
import { test } from "./app-test.ts";

test("what the build has named by its content is kept for a year, any other file for an hour, an answer of the API never", async ({
  app,
}) => {
  const page = await fetch(`${app.url}/sign-in`, { headers: { "accept-encoding": "gzip" } });
  expect([page.headers.get("content-encoding"), page.headers.get("x-powered-by")]).toEqual(["gzip", null]);
  const [script = ""] = /\/assets\/[\w.-]+\.js/.exec(await page.text()) ?? [];
  const kept = async (path: string) => {
    const response = await fetch(`${app.url}${path}`);
    await response.arrayBuffer();
    return [response.status, response.headers.get("cache-control")];
  };
  expect(await kept(script)).toEqual([200, "public, max-age=31536000, immutable"]);
  expect(await kept("/favicon.svg")).toEqual([200, "public, max-age=3600"]);
  expect(await kept("/api/search?q=a")).toEqual([401, "no-store"]);
});
