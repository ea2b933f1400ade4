import { describe, expect, test } from "vitest";
import {
  COPY_IN_RESPONSE,
  errorResponse,
  FrontendReader,
  isCopyFromClient,
  query,
  SYNC,
  withoutCopyInResponse,
} from "./wire-protocol.ts";

describe("FrontendReader", () => {
  test("finds the messages whatever packets they come in", () => {
    const stream = Buffer.concat([query("SELECT 1"), SYNC, query("SELECT 'ä'")]);
    for (const size of [1, 3, 7, 1000]) {
      const reader = new FrontendReader();
      const found: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        reader.push(stream.subarray(at, at + size));
        for (let next = reader.next(); next; next = reader.next())
          found.push(`${next.type}${next.bytes.length}`);
      }
      expect(found).toEqual(["Q14", "S5", "Q17"]);
    }
  });

  test("refuses lengths that no message has", () => {
    const reader = new FrontendReader();
    reader.push(Buffer.from([81, 255, 255, 255, 255]));
    expect(() => reader.next()).toThrow("Invalid message length");
    const startup = new FrontendReader();
    startup.push(Buffer.from("GET / HTTP/1.1"));
    expect(() => startup.nextStartup()).toThrow("Not a PostgreSQL client");
  });

  test("reads what a client asks for at the start", () => {
    const reader = new FrontendReader();
    const bytes = Buffer.from("\0\0\0\0\0\u0003\0\0user\0me\0database\0db\0\0", "latin1");
    bytes.writeInt32BE(bytes.length, 0);
    reader.push(bytes);
    expect(reader.nextStartup()).toEqual({
      kind: "startup",
      bytes,
      parameters: new Map([
        ["user", "me"],
        ["database", "db"],
      ]),
    });
  });
});

test("isCopyFromClient", () => {
  const isCopy = (sql: string) => isCopyFromClient({ type: "Q", bytes: query(sql) });
  expect(isCopy("COPY t (a, b) FROM STDIN WITH (FORMAT binary)")).toBe(true);
  expect(isCopy("\n copy t\nfrom stdin")).toBe(true);
  expect(isCopy("COPY t TO STDOUT")).toBe(false);
  expect(isCopy("SELECT 'copy t from stdin'")).toBe(false);
});

test("withoutCopyInResponse keeps everything else", () => {
  const error = errorResponse("ERROR", "22P02", "no");
  expect(withoutCopyInResponse(Buffer.concat([COPY_IN_RESPONSE, error, COPY_IN_RESPONSE]))).toEqual(error);
});
