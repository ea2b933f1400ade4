import { expect, test } from "vitest";
import { spokenSentences } from "./spoken-sentences.ts";

test("tells whole sentences, without the numbers of sources", () => {
  const answer = "Stop the workers [1]. Then wait. And fet";
  expect(spokenSentences(answer, false)).toEqual(["Stop the workers.", "Then wait."]);
  expect(spokenSentences(answer, true)).toEqual(["Stop the workers.", "Then wait.", "And fet"]);
});

test("never takes back what it told, however the answer arrives", () => {
  const answer = "Two ways:\n\n- “Stop them.” [1]\n- **Wait** for `npm test`. [2]\n\n```\na b\n```\n\nDone.";
  for (let end = 0; end < answer.length; end += 1) {
    const before = spokenSentences(answer.slice(0, end), false);
    const after = spokenSentences(answer.slice(0, end + 1), false);
    expect(after.slice(0, before.length)).toEqual(before);
  }
  expect(spokenSentences(answer, true)).toEqual([
    "Two ways:",
    "“Stop them.”",
    "Wait for npm test.",
    "a b",
    "Done.",
  ]);
});
