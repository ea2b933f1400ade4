import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sessionSecrets } from "./session-secrets.server.ts";

beforeEach(() => {
  const spy = vi.spyOn(console, "warn").mockImplementation(() => {});
  return () => spy.mockRestore();
});

afterEach(() => {
  Reflect.deleteProperty(globalThis, "halfvecMigrationSessionSecret");
});

test("those of the environment sign, the first of them first", () => {
  const given = ["n".repeat(32), "o".repeat(32)];
  expect(sessionSecrets({ NODE_ENV: "production", SESSION_SECRET: given })).toEqual(given);
});

test("production does not begin without one, and names the variable", () => {
  expect(() => sessionSecrets({ NODE_ENV: "production" })).toThrow(
    /^SESSION_SECRET is not set\..*openssl rand/,
  );
});

test("elsewhere a random one lasts as long as the process, which is said once", () => {
  const [first] = sessionSecrets({});
  expect(sessionSecrets({ NODE_ENV: "development" })).toEqual([first]);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(vi.mocked(console.warn).mock.calls).toEqual([[expect.stringMatching(/^SESSION_SECRET is not set/)]]);
});
