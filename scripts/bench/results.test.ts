import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Environment } from "./environment.ts";
import { UsageError } from "./options.ts";
import { readResult, storeResult } from "./results.ts";

const ENVIRONMENT: Environment = {
  date: "2026-11-01T10:00:00.000Z",
  commit: "0123456",
  cpu: "a processor",
  cores: 2,
  memoryBytes: 2 ** 34,
  node: "v20.20.2",
  postgresql: "18.6",
  pgvector: "0.8.7",
  settings: { shared_buffers: "2GB", fsync: "on" },
};
const SETTINGS = {
  rows: 100,
  rowBytes: undefined,
  ids: undefined,
  data: "synthetic",
  repetitions: 1,
  seconds: 10,
} as const;
const LATER = { ...ENVIRONMENT, date: "2026-11-02T10:00:00.000Z" };

let output = "";
beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), "bench-"));
  const stored = { environment: ENVIRONMENT, settings: SETTINGS, result: { seconds: [1.5] } };
  await storeResult(output, "conversion", "100-400-v7", stored);
});
afterAll(() => rm(output, { recursive: true }));

describe("a stored result", () => {
  test("is read again on the same machine, server and commit, another day", async () => {
    expect(await readResult(output, "conversion", "100-400-v7", LATER)).toEqual({ seconds: [1.5] });
  });

  test("is not there before it was measured", async () => {
    expect(await readResult(output, "conversion", "100-400-v4", LATER)).toBeNull();
  });

  test.each([
    [{ commit: "7654321" }, 'was measured with commit "0123456" on 2026-11-01, and here it is "7654321"'],
    [
      { settings: { ...ENVIRONMENT.settings, fsync: "off" } },
      'and here it is {"shared_buffers":"2GB","fsync":"off"}',
    ],
  ])("is not added to with %j", async (other, message) => {
    const read = readResult(output, "conversion", "100-400-v7", { ...LATER, ...other });
    await expect(read).rejects.toThrow(UsageError);
    await expect(read).rejects.toThrow(message);
  });
});
