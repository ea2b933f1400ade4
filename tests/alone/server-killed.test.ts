import { describe, expect } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog, type TableCatalog } from "../../app/services/halfvec/catalog.ts";
import { type CrashableServer, crashableServer, reconnected } from "../support/crashable-server.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { holdLock, untilToolWaits } from "../support/held-locks.ts";
import {
  differenceAsHalfvec,
  differenceOfBits,
  keepRows,
  NO_DIFFERENCE,
  PAGES,
  PAPERS,
} from "../support/kept-rows.ts";
import { appliedMigrations } from "../support/migration-records.ts";
import { prismaMigrate } from "../support/prisma-cli.ts";
import { type RunningMigration, startMigration } from "../support/running-migration.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = base.override({ through: "init" });
const ROWS = { pages: 900, papers: 200 };
/** Rows of each table that are written after the swap. */
const WRITTEN = 120;
/** So that the conversion takes seconds, and loses its server in the middle. */
const SLOWLY = ["--rows-per-second", "400"];
const KEPT = [PAGES, PAPERS];
const NEWEST_MIGRATION = "swap_embedding_columns";

/** A step of the tool, and how to know that it is in the middle of it. */
interface Moment {
  step: string;
  /** What is done before the tool comes to the step, so that it cannot be through with it. */
  hold?: (database: TestDatabase) => Promise<unknown>;
  inside: (cli: RunningMigration, database: TestDatabase) => Promise<unknown>;
}

const holding = (table: string) => (database: TestDatabase) => holdLock(database, table, "ACCESS SHARE");

/** Waits until the tool has begun `step` and waits for a lock in it. */
function blockedIn(step: string) {
  return async (cli: RunningMigration, database: TestDatabase) => {
    await cli.printed(new RegExp(`"phase":"${step}"[^}]*"state":"started"`));
    await untilToolWaits(database);
  };
}

const printed = (pattern: RegExp) => (cli: RunningMigration) => cli.printed(pattern);
const CONVERTING = printed(/"event":"convert".*"rowsConverted":[1-9]/);
const BUILDING = inProgress("pg_stat_progress_create_index");

const FORWARD: readonly Moment[] = [
  { step: "expand", hold: holding("documents"), inside: blockedIn("expand") },
  { step: "convert", inside: CONVERTING },
  { step: "index", inside: BUILDING },
  { step: "verify", inside: printed(/"event":"verify"/) },
  { step: "swap", hold: holding("documents"), inside: blockedIn("swap") },
];

const BACK: readonly Moment[] = [
  { step: "prepare", hold: holding("documents"), inside: blockedIn("prepare") },
  { step: "fill", inside: CONVERTING },
  { step: "rebuild", inside: BUILDING },
  { step: "prove", inside: blockedInProof },
  { step: "swap-back", hold: holding("documents"), inside: blockedIn("swap-back") },
  { step: "remove", hold: holding("halfvec_migration.storage"), inside: blockedIn("remove") },
];

const CONTRACT: readonly Moment[] = [
  { step: "verify", inside: printed(/"event":"verify"/) },
  { step: "contract", hold: holding("documents"), inside: blockedIn("contract") },
  { step: "reclaim", inside: inProgress("pg_stat_progress_cluster") },
];

/** Proving takes no time here: so its first table is locked, as soon as the last index is being built. */
async function blockedInProof(cli: RunningMigration, database: TestDatabase): Promise<void> {
  const build = await holdLock(database, "documents", "ROW EXCLUSIVE");
  await cli.printed(/"phase":"rebuild","table":"documents","state":"started"/);
  await untilToolWaits(database);
  await holdLock(database, "page_embeddings", "ACCESS EXCLUSIVE");
  await build.release();
  await blockedIn("prove")(cli, database);
}

/** Waits until the server tells of such a work in this database, and that it is more than begun. */
function inProgress(view: string) {
  return async (_: RunningMigration, database: TestDatabase) => {
    const atWork = () =>
      database.query(`SELECT FROM ${view} WHERE datname = current_database() AND phase NOT LIKE 'init%'`);
    await expect.poll(atWork, { timeout: 60_000, interval: 10 }).toHaveLength(1);
  };
}

interface Fault {
  /** Whether the tool is killed at the same moment, and started again after it. */
  toolToo: boolean;
}

/** Runs one command of the tool to its end through a crash of the server in each of `moments`. */
async function throughCrashes(
  database: TestDatabase,
  server: CrashableServer,
  moments: readonly Moment[],
  { toolToo }: Fault,
  start: () => RunningMigration,
): Promise<TestDatabase> {
  let seen = database;
  let cli: RunningMigration | undefined;
  const killed: RunningMigration["exit"][] = [];
  for (const { hold, inside } of moments) {
    await hold?.(seen);
    cli ??= start();
    await inside(cli, seen);
    // Stopped first: it learns nothing of the crash.
    if (toolToo) cli.kill("SIGSTOP");
    await server.crash();
    if (toolToo) {
      cli.kill("SIGKILL");
      killed.push(cli.exit);
      cli = undefined;
    }
    await server.start();
    seen = await reconnected(database);
  }
  cli ??= start();
  expect(await cli.exit, cli.stderr()).toEqual({ code: 0, signal: null });
  expect(await Promise.all(killed)).toEqual(
    moments.filter(() => toolToo).map(() => ({ code: null, signal: "SIGKILL" })),
  );
  const losses = cli
    .events()
    .filter(({ reason }) => /^the connection to the server is lost/.test(`${reason}`));
  expect(losses.length).toBeGreaterThanOrEqual(toolToo ? 0 : moments.length);
  return seen;
}

/** Gives some rows the embeddings of others. Returns their ids. */
async function writeSomeRows(database: TestDatabase, table: string): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `WITH numbered AS (SELECT id, embedding, row_number() OVER (ORDER BY id) AS number FROM ${table})
     UPDATE ${table} t SET embedding = source.embedding
     FROM numbered own JOIN numbered source ON source.number = own.number + 1
     WHERE t.id = own.id AND own.number <= $1 RETURNING t.id`,
    [WRITTEN],
  );
  // The same in the copy, whose values are the originals: rounded, as the app has written them.
  await database.query(
    `WITH numbered AS (SELECT id, embedding, row_number() OVER (ORDER BY id) AS number FROM kept.${table})
     UPDATE kept.${table} t SET embedding = source.embedding::halfvec(1536)::vector(1536)
     FROM numbered own JOIN numbered source ON source.number = own.number + 1
     WHERE t.id = own.id AND own.number <= $1`,
    [WRITTEN],
  );
  return rows.map(({ id }) => id);
}

/** Triggers that are ours, and HNSW indexes with whether they are valid, over all tables. */
async function leftBehind(database: TestDatabase) {
  const catalogs: TableCatalog[] = [];
  for (const table of EMBEDDING_TABLES) catalogs.push(await readCatalog(database.client, table));
  return {
    phases: [...new Set(catalogs.map(({ phase }) => phase))],
    triggers: [...new Set(catalogs.flatMap(({ triggers }) => triggers))],
    indexes: catalogs.flatMap(({ indexes }) =>
      indexes
        .filter(({ method, valid }) => method === "hnsw" || !valid)
        .map(({ name, valid }) => ({ name, valid })),
    ),
  };
}

/** Whether `prisma migrate status` says that everything is applied, and what it finds not applied. */
async function prismaStatus(database: TestDatabase, cwd: string) {
  const { code, output } = await prismaMigrate(database, ["status"], cwd);
  return { code, notApplied: [...output.matchAll(/^\d{14}_(\w+)$/gm)].map(([, name]) => name) };
}

const valid = (names: readonly string[]) => names.map((name) => ({ name, valid: true }));

describe("the server killed in each step", { tags: ["crash"] }, () => {
  test.for([
    { name: "the tool waits and goes on by itself", toolToo: false },
    { name: "the tool killed too: the same command goes on", toolToo: true },
  ])("$name", async (fault, { database }) => {
    const server = crashableServer();
    const cwd = await createWorkingCopy();
    const start = (...args: string[]) =>
      startMigration(database, [...args, "--yes", "--reconnect-seconds", "60"], {}, cwd);
    await fillTable(database, PAGE_EMBEDDINGS, ROWS.pages);
    await fillTable(database, DOCUMENTS, ROWS.papers);
    await keepRows(database, KEPT);
    const baseline = await schemaSnapshot(database);

    const run = () => start("run", ...SLOWLY);
    let seen = await throughCrashes(database, server, FORWARD, fault, run);
    for (const written of KEPT) {
      expect(await differenceAsHalfvec(seen, written)).toEqual(NO_DIFFERENCE);
      expect(await differenceOfBits(seen, written, "embedding_vector_backup")).toEqual(NO_DIFFERENCE);
    }
    const swapped = {
      phases: ["swapped"],
      triggers: ["zz_halfvec_clear_backup"],
      indexes: valid(EMBEDDING_TABLES.map(({ halfvecIndex }) => halfvecIndex)),
    };
    expect(await leftBehind(seen)).toEqual(swapped);
    expect(await prismaStatus(database, cwd)).toEqual({ code: 0, notApplied: [] });

    const written = [
      ...(await writeSomeRows(seen, "page_embeddings")),
      ...(await writeSomeRows(seen, "documents")),
    ];
    expect(written).toHaveLength(2 * WRITTEN);
    seen = await throughCrashes(seen, server, BACK, fault, () =>
      start("rollback", "--rows-per-second", "100"),
    );
    for (const kept of KEPT) {
      expect(await differenceOfBits(seen, kept, "embedding")).toEqual(NO_DIFFERENCE);
    }
    expect(await schemaSnapshot(seen)).toEqual(baseline);
    expect(await leftBehind(seen)).toEqual({
      phases: ["baseline"],
      triggers: [],
      indexes: valid(EMBEDDING_TABLES.map(({ vectorIndex }) => vectorIndex)),
    });
    expect(await appliedMigrations(seen)).toEqual(["init"]);
    const { code, notApplied } = await prismaStatus(database, cwd);
    expect({ code, newest: notApplied.at(-1) }).toEqual({ code: 1, newest: NEWEST_MIGRATION });

    expect(await run().exit).toEqual({ code: 0, signal: null });
    const contract = () => start("contract", "--after-days", "0", "--reclaim", "vacuum-full");
    seen = await throughCrashes(seen, server, CONTRACT, fault, contract);
    for (const kept of KEPT) expect(await differenceAsHalfvec(seen, kept)).toEqual(NO_DIFFERENCE);
    expect(await leftBehind(seen)).toEqual({ ...swapped, phases: ["contracted"], triggers: [] });
    expect(await schemaSnapshot(seen)).toMatchObject({
      schemas: baseline.schemas,
      functions: baseline.functions,
    });
    expect((await appliedMigrations(seen)).at(-1)).toBe("drop_vector_backup");
    expect(await prismaStatus(database, cwd)).toEqual({ code: 0, notApplied: [] });
  });
});
