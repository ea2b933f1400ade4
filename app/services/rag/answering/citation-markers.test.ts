import { describe, expect, it, test } from "vitest";
import { answerBlocks } from "../../../components/chat/answer-blocks.ts";
import { SeededRandom } from "../../embeddings/seeded-random.ts";
import { asCharacters, citationMarkers } from "./citation-markers.ts";

function filtered(pieces: readonly string[], count: number): { text: string; cited: readonly number[] } {
  const markers = citationMarkers(count);
  const text = pieces.map((piece) => markers.push(piece)).join("") + markers.end();
  return { text, cited: markers.cited };
}

describe("citationMarkers", () => {
  test.each([
    ["Stop the workers [1].", "Stop the workers [1].", [1]],
    ["Stop them [7]. Then wait [0].", "Stop them. Then wait.", []],
    ["both [1, 7; 3]", "both [1][3]", [1, 3]],
    ["all [1-3] and [2–9]", "all [1][2][3] and", [1, 2, 3]],
    ["again [2][1][2]", "again [2][1][2]", [2, 1]],
    ["digits [01] and [ 2 ]", "digits [1] and [2]", [1, 2]],
    ["a [note], a [", "a [note], a [", []],
    ["`list[7]` and ``a`[9]`` [3]", "`list[7]` and ``a`[9]`` [3]", [3]],
    ["```sh\necho $a[7]\n```\nthen [8] [2]", "```sh\necho $a[7]\n```\nthen [2]", [2]],
    ["an open ` tick [7] here\nnext [2]", "an open ` tick here\nnext [2]", [2]],
    ["\\[7\\] is text", "\\[7\\] is text", []],
    ["[[7]2] and [1[9]2]", "\\[2] and \\[12]", []],
    ["[12345678901234567890]", "", []],
  ])("reads %j", (given, text, cited) => {
    expect(filtered([given], 3)).toEqual({ text, cited });
    expect(filtered([...given], 3)).toEqual({ text, cited });
  });

  it("tells what is clear at once, and keeps what may become a marker", () => {
    const markers = citationMarkers(5);
    expect(markers.push("Stop them [")).toBe("Stop them");
    expect(markers.push("1")).toBe("");
    expect(markers.push("2] now")).toBe(" now");
    expect(markers.push(" [4")).toBe("");
    expect(markers.push("]")).toBe(" [4]");
    expect(markers.end()).toBe("");
  });

  it("lets no number through that is not a source, wherever the text is cut", () => {
    const random = new SeededRandom(7);
    const alphabet = [
      "[",
      "[",
      "]",
      "1",
      "9",
      ", ",
      "-",
      " ",
      "`",
      "`",
      "```",
      "\n",
      "\\",
      "**",
      "- ",
      "[9]",
    ];
    const pick = (most: number) => random.below(most);
    for (let round = 0; round < 8_000; round += 1) {
      const given = Array.from({ length: 1 + pick(30) }, () => alphabet[pick(alphabet.length)]);
      const count = pick(6);
      const whole = filtered([given.join("")], count);
      expect(filtered([...given.join("")], count), JSON.stringify(given.join(""))).toEqual(whole);
      const shown = answerBlocks(whole.text).flatMap((block) => {
        if (block.kind === "code") return [];
        return (block.kind === "list" ? block.items.flat() : block.pieces).flatMap((piece) =>
          piece.kind === "cite" ? [piece.n] : [],
        );
      });
      const unknown = shown.filter((n) => !whole.cited.includes(n));
      expect(unknown, `${JSON.stringify(given.join(""))} became ${JSON.stringify(whole.text)}`).toEqual([]);
    }
  });
});

describe("asCharacters", () => {
  it("makes a text that shows as it was", () => {
    const text = "a[1] \\[2] `x` **y** [3]";
    const { text: told, cited } = filtered([asCharacters(text)], 5);
    expect(cited).toEqual([]);
    expect(answerBlocks(told)).toEqual([{ kind: "paragraph", pieces: [{ kind: "text", text }] }]);
  });
});
