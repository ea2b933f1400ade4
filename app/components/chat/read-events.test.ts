import { expect, test } from "vitest";
import { collected } from "../../../tests/support/collected.ts";
import { readEvents } from "./read-events.ts";

const read = (response: Response) => collected(readEvents(response));

test("reads events wherever the bytes were cut, and no comments", async () => {
  const text =
    'event: text\ndata: {"event":"text","text":"für 🎉"}\n\n: still here\n\nevent: done\ndata: {"event":"done"}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 3, 7, bytes.length]) {
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    expect(await read(new Response(body))).toEqual([{ event: "text", text: "für 🎉" }, { event: "done" }]);
  }
});

test("says what the problem is where there is no answer", async () => {
  const headers = { "content-type": "application/problem+json" };
  const problem = new Response(JSON.stringify({ title: "T", detail: "question is empty." }), {
    status: 400,
    headers,
  });
  await expect(read(problem)).rejects.toMatchObject({ message: "question is empty.", signedOut: false });
  await expect(read(new Response("", { status: 401 }))).rejects.toMatchObject({ signedOut: true });
  const gone = new Response("<h1>Bad gateway</h1>", { status: 502 });
  await expect(read(gone)).rejects.toThrow("The server did not answer (status 502).");
});
