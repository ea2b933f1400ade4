import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { freeDiskBytes } from "../../app/services/halfvec/free-disk.ts";
import { checkDisk } from "../../app/services/halfvec/preflight/check-disk.ts";
import { type TestDatabase, testOn } from "../support/test.ts";

const test = testOn("init");
const MORE_THAN_ANY_DISK = 2 ** 70;

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "data-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** From now on the session takes `directory` for that of the server's data. */
async function pretendDirectory(database: TestDatabase): Promise<void> {
  await database.query(
    `CREATE SCHEMA pretended;
     CREATE VIEW pretended.pg_settings AS
     SELECT 'data_directory' AS name, '${directory}' AS setting;
     SET search_path = pretended, pg_catalog, public`,
  );
}

/** The lock file that a server writes there. @param started seconds of the epoch */
async function writeLockFile(started: number): Promise<void> {
  await writeFile(join(directory, "postmaster.pid"), `1\n${directory}\n${started}\n5432\n`);
}

async function startOf(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ started: string }>(
    "SELECT extract(epoch FROM pg_postmaster_start_time())::bigint::text AS started",
  );
  return Number(row?.started);
}

test("where the server's directory can be seen, too little room stops, and says how much there is", async ({
  database,
}) => {
  await pretendDirectory(database);
  await writeLockFile(await startOf(database));
  const [finding] = await checkDisk(database.client, [PAGE_EMBEDDINGS], MORE_THAN_ANY_DISK);
  expect(finding).toMatchObject({
    level: "stop",
    message: expect.stringMatching(
      /^about 1125899906842624 MB more are needed at the peak \(a forecast\), and the disk of the server has \d+ MB free/,
    ),
  });
  expect(await checkDisk(database.client, [PAGE_EMBEDDINGS], 1)).toEqual([]);
});

test("a directory of another server of that path tells nothing", async ({ database }) => {
  await pretendDirectory(database);
  await writeLockFile((await startOf(database)) - 60);
  expect(await freeDiskBytes(database.client, [PAGE_EMBEDDINGS])).toBeNull();
  await rm(join(directory, "postmaster.pid"));
  expect(await freeDiskBytes(database.client, [PAGE_EMBEDDINGS])).toBeNull();
  expect(await checkDisk(database.client, [PAGE_EMBEDDINGS], MORE_THAN_ANY_DISK)).toEqual([]);
});
