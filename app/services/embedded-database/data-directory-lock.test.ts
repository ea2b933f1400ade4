import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockDataDirectory } from "./data-directory-lock.ts";

let root: string;
let dataDir: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lock-"));
  dataDir = join(root, "below", "data");
});

afterEach(() => rmSync(root, { recursive: true }));

test("keeps others out until it is released", async () => {
  const release = await lockDataDirectory(dataDir);
  await expect(lockDataDirectory(dataDir, 50)).rejects.toThrow(`in use by the process ${process.pid}`);
  release();
  const again = await lockDataDirectory(dataDir, 50);
  again();
  expect(existsSync(`${dataDir}.pid`)).toBe(false);
});

test("waits for one that is about to be released", async () => {
  const release = await lockDataDirectory(dataDir);
  const waiting = lockDataDirectory(dataDir, 5_000);
  release();
  (await waiting)();
});

test("takes over from a process that is gone", async () => {
  const gone = spawn("true");
  await once(gone, "exit");
  await lockDataDirectory(dataDir).then((release) => release());
  writeFileSync(`${dataDir}.pid`, String(gone.pid));
  const release = await lockDataDirectory(dataDir, 1_000);
  release();
});
