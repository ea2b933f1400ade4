import { describe, expect, it } from "vitest";
import { limitedFormData } from "./limited-form-data.server.ts";

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://app.test/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
}

/** A body of unknown length; `sent` counts what was taken of it. */
function endless(): { body: ReadableStream<Uint8Array>; sent: () => number } {
  let chunks = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      chunks += 1;
      controller.enqueue(new Uint8Array(65_536).fill(97));
    },
  });
  return { body, sent: () => chunks * 65_536 };
}

const URLENCODED = { "Content-Type": "application/x-www-form-urlencoded" };

describe("limitedFormData", () => {
  it("reads a form, with what is not ASCII", async () => {
    const form = await limitedFormData(post(new URLSearchParams({ title: "Grüße 🌱 & more" })));
    expect(form.get("title")).toBe("Grüße 🌱 & more");
  });

  it("keeps the paths of files", async () => {
    const sent = new FormData();
    sent.append("files", new File(["text"], "garden/roses.md"));
    const file = (await limitedFormData(post(sent))).get("files");
    expect(file).toBeInstanceOf(File);
    expect((file as File).name).toBe("garden/roses.md");
  });

  it("refuses a form that says it is too large, without reading it", async () => {
    const { body, sent } = endless();
    const request = post(body, { ...URLENCODED, "Content-Length": "2000000" });
    await expect(limitedFormData(request, 1_000_000)).rejects.toMatchObject({ status: 413 });
    expect(sent()).toBeLessThan(500_000);
  });

  it("stops reading a form that does not end", async () => {
    const { body, sent } = endless();
    await expect(limitedFormData(post(body, URLENCODED), 1_000_000)).rejects.toMatchObject({ status: 413 });
    expect(sent()).toBeLessThan(2_000_000);
  });

  it.each([
    ["no form", "{}", { "Content-Type": "application/json" }],
    ["half a form", "--x\r\nContent-Dis", { "Content-Type": "multipart/form-data; boundary=x" }],
  ])("says 400 for %s", async (_, body, headers) => {
    await expect(limitedFormData(post(body, headers))).rejects.toMatchObject({ status: 400 });
  });
});
