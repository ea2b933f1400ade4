import { expect, it } from "vitest";
import { inReadersWords } from "./readers-words.ts";

const NOW = new Date("2026-03-31T12:00:00Z");

it.each([
  ["2026-03-31T12:00:05Z", "just now"],
  ["2026-03-31T11:59:01Z", "just now"],
  ["2026-03-31T11:58:59Z", "1 minute ago"],
  ["2026-03-31T11:00:01Z", "59 minutes ago"],
  ["2026-03-31T09:59:00Z", "2 hours ago"],
  ["2026-03-30T12:00:00Z", "yesterday"],
  ["2026-03-04T12:00:00Z", "27 days ago"],
  ["2026-03-03T12:00:00Z", "3 March 2026"],
  ["1999-12-31T23:59:59Z", "31 December 1999"],
])("says %s as “%s”", (moment, words) => {
  expect(inReadersWords(new Date(moment), NOW)).toBe(words);
});
