import { describe, expect, it } from "vitest";
import { InvalidQuestionError, readQuestion } from "./question-request.ts";

const PAGE = "0d14416f-9757-542c-900c-a47fe949c12e";

function request(body: BodyInit, type = "application/json") {
  return new Request("http://app.test/api/chat", { method: "POST", body, headers: { "content-type": type } });
}

const asking = (body: unknown) => readQuestion(request(JSON.stringify(body)));

describe("readQuestion", () => {
  it("reads a question with what it is about and what was asked before", async () => {
    const history = [{ question: "Why?", answer: "Because [1]." }];
    expect(await asking({ question: "  Und 🎉? ", page: PAGE, block: null, history, other: 1 })).toEqual({
      question: "Und 🎉?",
      pageId: PAGE,
      blockId: undefined,
      history,
    });
    expect(await asking({ question: "x".repeat(2_000) })).toMatchObject({ history: [] });
  });

  it.each<[string, unknown, string | undefined, RegExp]>([
    ["no question", {}, "question", /question is undefined; a text is needed/],
    ["an empty one", { question: " \n " }, "question", /question is empty/],
    ["10,000 characters", { question: "x".repeat(10_000) }, "question", /longer than 2000 characters/],
    ["a number", { question: 7 }, "question", /question is 7/],
    ["NUL", { question: "a\u0000" }, "question", /\\u0000, which no text has/],
    ["half a character", { question: "a\ud83c" }, "question", /\\ud83c, which no text has/],
    ["a list", [1], undefined, /The body is an array of 1/],
    ["null", null, undefined, /The body is null/],
    ["a page that is a name", { question: "a", page: "Backups" }, "page", /the text "Backups"; a uuid/],
    ["a block that is an object", { question: "a", block: { $ne: 1 } }, "block", /an object; a uuid/],
    ["a history that is a text", { question: "a", history: "b" }, "history", /a list is needed/],
    ["a turn that is null", { question: "a", history: [null] }, "history", /turn of history is null/],
    ["a turn without answer", { question: "a", history: [{ question: "b" }] }, "history.answer", /undefined/],
    [
      "21 turns",
      { question: "a", history: Array(21).fill({ question: "b", answer: "c" }) },
      "history",
      /has 21 turns; send the last 20/,
    ],
  ])("refuses %s", async (_, body, field, message) => {
    const error = await asking(body).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidQuestionError);
    expect(error).toMatchObject({ status: 400, field, message: expect.stringMatching(message) });
  });

  it("refuses what is not JSON", async () => {
    await expect(readQuestion(request("{question"))).rejects.toMatchObject({ status: 400 });
    await expect(readQuestion(request("question=a", "text/plain"))).rejects.toMatchObject({ status: 415 });
    await expect(readQuestion(request("{}", "application/jsonp"))).rejects.toMatchObject({ status: 415 });
  });

  it("refuses more than 64 KB, and reads no more of it than that", async () => {
    const large = JSON.stringify({ question: "a", other: "x".repeat(64 * 1024) });
    await expect(readQuestion(request(large))).rejects.toMatchObject({ status: 413 });

    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024).fill(32));
      },
    });
    const init = {
      method: "POST",
      body: endless,
      duplex: "half",
      headers: { "content-type": "application/json" },
    };
    await expect(readQuestion(new Request("http://app.test/", init as RequestInit))).rejects.toMatchObject({
      status: 413,
    });
    expect(sent).toBeLessThan(70 * 1024);
  });
});
