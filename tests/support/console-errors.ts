import { afterEach, beforeEach, expect, vi } from "vitest";

const original = console.error;

// What is printed as an error in a test is one, or is expected: then the test replaces `console.error` itself.
beforeEach(() => {
  const spy = vi.spyOn(console, "error").mockImplementation(original);
  return () => spy.mockRestore();
});

afterEach(() => {
  // A test that put another function there looks at what it was called with itself.
  const printed = vi.isMockFunction(console.error) ? vi.mocked(console.error).mock.calls : [];
  expect(printed).toEqual([]);
});
