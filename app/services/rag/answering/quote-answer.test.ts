import { describe, expect, it } from "vitest";
import type { Citation } from "./answer-events.ts";
import { type Embed, quoteAnswer } from "./quote-answer.ts";

const never = new AbortController().signal;

function source(n: number, text: string, title = `Page ${n}`): Citation {
  return { n, type: "pages", id: `id-${n}`, title, text, address: `/app/pages/id-${n}`, similarity: 0.5 };
}

/** Vectors in a plane: the question points to 0 degrees, a text to the angle at its beginning. */
const byAngle: Embed = async (texts) =>
  texts.map((text, index) => {
    const angle = index === 0 ? 0 : (Number(/-?\d+/.exec(text)?.[0] ?? 90) * Math.PI) / 180;
    return [Math.cos(angle), Math.sin(angle)];
  });

const sentence = (angle: number, rest = "is the angle of this sentence here.") => `Angle ${angle} ${rest}`;

describe("quoteAnswer", () => {
  it("quotes the nearest sentences word for word, each passage once, the nearest first", async () => {
    const sources = [source(1, sentence(28)), source(2, `${sentence(0)} ${sentence(-27)} ${sentence(80)}`)];
    const answer = await quoteAnswer("x", sources, byAngle, never);
    expect(answer.split("\n").slice(2)).toEqual([
      `- “${sentence(0)} ${sentence(-27)}” [2]`,
      `- “${sentence(28)}” [1]`,
      "",
    ]);
    expect(answer).toMatch(/^No language model wrote this/);
  });

  it("shows that it left out what stands between two sentences", async () => {
    const text = `${sentence(0)} ${sentence(90)} ${sentence(-27)}`;
    const answer = await quoteAnswer("x", [source(1, text)], byAngle, never);
    expect(answer).toContain(`“${sentence(0)} … ${sentence(-27)}” [1]`);
  });

  it("does not quote the same twice", async () => {
    const sources = [1, 2, 3].map((n) => source(n, sentence(5)));
    const answer = await quoteAnswer("x", sources, byAngle, never);
    expect(answer.match(/\[\d\]/g)).toEqual(["[1]"]);
  });

  it("does not quote what repeats another sentence in other words", async () => {
    const angles = [1, 2, 3, 4, 5, -28];
    const sources = angles.map((angle, index) => source(index + 1, sentence(angle)));
    const answer = await quoteAnswer("x", sources, byAngle, never);
    expect(answer.match(/\[\d\]/g)).toEqual(["[1]", "[6]"]);
  });

  it("says that there is no answer where nothing comes near, and names each nearest page once", async () => {
    const sources = [
      source(1, sentence(80), "A"),
      source(2, sentence(85), "A"),
      source(3, sentence(88), "B [1]"),
    ];
    const answer = await quoteAnswer("x", sources, byAngle, never);
    expect(answer).toMatch(/^Nothing in this workspace comes near enough/);
    expect(answer.split("\n").slice(2)).toEqual(["- A [1]", "- B \\[1\\] [3]", ""]);
  });

  it("says so too where there is nothing to quote from, without embedding anything", async () => {
    const fail: Embed = () => Promise.reject(new Error("embedded"));
    expect(await quoteAnswer("x", [], fail, never)).toMatch(/^Nothing in this workspace.*answer\.\n$/);
    expect(await quoteAnswer("x", [source(1, "npm i")], fail, never)).toContain("- Page 1 [1]");
  });

  it("compares 40 sentences at most, 8 of a passage, those with the words of the question", async () => {
    let compared: readonly string[] = [];
    const embed: Embed = async (texts) => {
      compared = texts.slice(1);
      return texts.map(() => [1, 0]);
    };
    const long = (n: number) =>
      Array.from(
        { length: 20 },
        (_, at) => `Passage ${n} says its sentence ${at === 19 ? "of backups" : at}.`,
      );
    const sources = Array.from({ length: 9 }, (_, n) => source(n + 1, long(n).join(" ")));
    await quoteAnswer("Where are the backups?", sources, embed, never);
    expect(compared).toHaveLength(40);
    expect(compared.filter((text) => text.includes("backups"))).toHaveLength(5);
  });

  it("does not take brackets in a quote for numbers of sources", async () => {
    const answer = await quoteAnswer(
      "x",
      [source(1, sentence(3, "is in [2] of the footnotes here."))],
      byAngle,
      never,
    );
    expect(answer).toContain("is in \\[2\\] of the footnotes here.” [1]");
  });
});
