import { describe, expect, it } from "vitest";
import { collected } from "../../../../tests/support/collected.ts";
import { readEvents } from "../../../components/chat/read-events.ts";
import type { AnswerEvent } from "./answer-events.ts";
import { streamedAnswer, wholeAnswerResponse } from "./answer-response.server.ts";

const DONE: AnswerEvent = { event: "done", kind: "openai", model: "m", cited: [], complete: true };
const never = new AbortController().signal;

async function* telling(events: readonly AnswerEvent[]): AsyncGenerator<AnswerEvent> {
  yield* events;
}

describe("streamedAnswer", () => {
  it("sends each event as one, whatever stands in it", async () => {
    const events: AnswerEvent[] = [
      { event: "sources", sources: [] },
      { event: "text", text: "two\n\nlines: data: \r\n🎉\u2028" },
      DONE,
    ];
    const response = await streamedAnswer(() => telling(events), never);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
    const text = await response.clone().text();
    expect(text.match(/^event: .*$/gm)).toEqual(["event: sources", "event: text", "event: done"]);
    expect(await collected(readEvents(response))).toEqual(events);
  });

  it("shows that it is still there while nothing is told", async () => {
    let goOn = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* slow(): AsyncGenerator<AnswerEvent> {
      yield { event: "sources", sources: [] };
      await waiting;
      yield DONE;
    }
    const response = await streamedAnswer(slow, never, 5);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes(": still here")) text += (await reader?.read())?.value;
    goOn();
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) text += read.value;
    expect(text.replaceAll(": still here\n\n", "").match(/^event: .*$/gm)).toEqual([
      "event: sources",
      "event: done",
    ]);
  });

  it("throws what fails before the first event, so that it can be answered with a status", async () => {
    const failing = async function* (): AsyncGenerator<AnswerEvent> {
      yield* telling([]);
      throw new Error("no page");
    };
    await expect(streamedAnswer(failing, never)).rejects.toThrow("no page");
  });

  it.each([
    ["reader", "waits to be asked"],
    ["reader", "is at work"],
    ["request", "waits to be asked"],
    ["request", "is at work"],
  ])("ends the answer when the %s goes away while it %s", async (who, doing) => {
    const request = new AbortController();
    let working = () => {};
    const atWork = new Promise<void>((resolve) => {
      working = resolve;
    });
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    async function* endless(signal: AbortSignal): AsyncGenerator<AnswerEvent> {
      try {
        yield { event: "sources", sources: [] };
        working();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      } finally {
        end();
      }
    }
    const response = await streamedAnswer(endless, request.signal);
    const reader = response.body?.getReader();
    if (doing === "is at work") {
      await reader?.read();
      await atWork;
    }
    if (who === "reader") await reader?.cancel();
    else request.abort();
    await ended;
  });
});

describe("wholeAnswerResponse", () => {
  it("gives the whole answer as JSON", async () => {
    const events: AnswerEvent[] = [
      { event: "sources", sources: [] },
      { event: "text", text: "Because " },
      { event: "text", text: "so." },
      DONE,
    ];
    const response = await wholeAnswerResponse("Why?", telling(events));
    expect(await response.json()).toEqual({
      question: "Why?",
      answer: "Because so.",
      sources: [],
      cited: [],
      kind: "openai",
      model: "m",
      complete: true,
    });
  });

  it("answers with a problem where there is one, and not with half an answer", async () => {
    const problem = { kind: "rate-limited", message: "Try again later." } as const;
    const response = await wholeAnswerResponse("Why?", telling([{ event: "problem", problem }]));
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      type: "/problems/answer-rate-limited",
      detail: "Try again later.",
    });
  });
});
