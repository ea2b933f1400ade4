import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DOCUMENTS } from "../../app/embedding-tables.ts";
import { InterruptedError } from "../../app/services/halfvec/errors.ts";
import { findRepack, repackConnection } from "./pg-repack.ts";

test.for([
  [
    "postgresql://me:s%40cret@db.internal:6543/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem",
    ["--dbname=shop", "--host=db.internal", "--port=6543", "--username=me"],
    { PGPASSWORD: "s@cret", PGSSLMODE: "verify-full", PGSSLROOTCERT: "/etc/ca.pem" },
  ],
  [
    "postgresql://me@localhost:5433/shop?host=/var/run/postgresql",
    ["--dbname=shop", "--host=/var/run/postgresql", "--port=5433", "--username=me"],
    {},
  ],
] as const)("%s as pg_repack takes it", ([url, words, environment]) => {
  expect(repackConnection(url)).toEqual({ words, environment });
});

test("aborted, it ends when the program has cleaned up", async () => {
  const directory = await mkdtemp(join(tmpdir(), "repack-"));
  const path = process.env.PATH;
  onTestFinished(() => {
    process.env.PATH = path;
    return rm(directory, { recursive: true });
  });
  const [began, cleaned] = [join(directory, "began"), join(directory, "cleaned")];
  // A program by this name that cleans up on Ctrl-C, and takes its time.
  await writeFile(
    join(directory, "pg_repack"),
    `#!/bin/sh
[ "$1" = --version ] && exit 0
trap 'sleep 0.3; echo yes > ${cleaned}; exit 1' INT
: > ${began}
while :; do sleep 0.05; done
`,
  );
  await chmod(join(directory, "pg_repack"), 0o755);
  process.env.PATH = `${directory}${delimiter}${path}`;
  const repack = await findRepack("postgresql://127.0.0.1/shop");
  const stop = new AbortController();
  const ended = repack?.(DOCUMENTS, stop.signal);
  const rejected = expect(ended).rejects.toThrow(InterruptedError);
  await expect.poll(() => readFile(began, "utf8").catch(() => null), { timeout: 10_000 }).toBe("");
  stop.abort();
  await rejected;
  expect(await readFile(cleaned, "utf8")).toBe("yes\n");
});
