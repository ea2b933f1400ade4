import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ask, type Handler, openApp, type TestApp } from "../support/app.ts";

let app: TestApp;

beforeAll(async () => {
  // Nobody listens there: the app's database is away, the test's own is not.
  app = await openApp({ env: { DATABASE_URL: "postgresql://postgres@127.0.0.1:1/away" } });
});

afterAll(() => app.close());

test("a page says that the database is away, and what to do", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { loader } = await import("../../app/routes/app.tsx");
  const reader = await app.addMember(await app.addWorkspace(), { role: "admin" });
  const { status, text } = await ask(loader as Handler, "/app/performance-dashboard", { as: reader });
  expect([status, text]).toEqual([503, "Nothing is lost. Open the page again in a moment."]);
  expect(warned).toHaveBeenCalledOnce();
  warned.mockRestore();
});
