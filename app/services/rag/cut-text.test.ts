import { describe, expect, it } from "vitest";
import { beginningOf, endOf } from "./cut-text.ts";

describe.each([
  ["short", "short", "short"],
  ["0123456789", "0123456789", "0123456789"],
  ["one two three", "one two …", "… two three"],
  ["one two\nthree four", "one two …", "… three four"],
  ["x".repeat(12), `${"x".repeat(10)} …`, `… ${"x".repeat(10)}`],
  [`${"x".repeat(9)}😀${"x".repeat(9)}`, `${"x".repeat(9)} …`, `… ${"x".repeat(9)}`],
])("%j to ten characters", (text, beginning, end) => {
  it("has a beginning", () => {
    expect(beginningOf(text, 10)).toBe(beginning);
  });

  it("has an end", () => {
    expect(endOf(text, 10)).toBe(end);
  });
});
