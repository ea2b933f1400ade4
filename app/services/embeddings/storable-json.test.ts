import { describe, expect, test } from "vitest";
import { storableJson, unstorableCharacter } from "./storable-json.ts";

describe("storableJson", () => {
  test.each([
    ["a NUL character", "a\u0000b", "a b"],
    ["the first half of a pair", "a\ud83d", "a\ufffd"],
    ["the second half of a pair", "\ude00b", "\ufffdb"],
    ["a whole pair", "\ud83d\ude00", "\ud83d\ude00"],
    ["the escape of NUL, spelled out", "\\u0000", "\\u0000"],
    ["the escape after two backslashes", "\\\\u0000", "\\\\u0000"],
    ["a backslash before NUL", "\\\u0000", "\\ "],
  ])("%s, in a value and in a key", (_, text, stored) => {
    expect(JSON.parse(storableJson([text, { [text]: 1 }]))).toEqual([stored, { [stored]: 1 }]);
  });
});

describe("unstorableCharacter", () => {
  test.each([
    [{ a: "b\u0000" }, "\\u0000"],
    [["\ude00"], "\\ude00"],
    ["\\u0000 \ud83d\ude00", undefined],
  ])("%j", (value, found) => {
    expect(unstorableCharacter(value)).toBe(found);
  });
});
