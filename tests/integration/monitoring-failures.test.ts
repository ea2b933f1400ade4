import pg from "pg";
import { describe, expect, onTestFinished } from "vitest";
import { loader } from "../../app/routes/metrics.ts";
import { exposition } from "../../app/services/monitoring/prometheus/exposition.server.ts";
import { readVectorMetrics } from "../../app/services/monitoring/vector-metrics.server.ts";
import type { VectorMetrics } from "../../app/services/monitoring/vector-metrics.ts";
import { ask } from "../support/app.ts";
import { runUntil } from "../support/engine.ts";
import { parseExposition } from "../support/prometheus-text.ts";
import { test as base, type TestDatabase, testOn } from "../support/test.ts";

const test = base.override({ through: "init" });
const SECTIONS = ["migration", "storage", "latency", "recall", "memory"] as const;

/** What became of each part: `read`, or the kind of its problem. */
function outcomes(metrics: VectorMetrics): Record<(typeof SECTIONS)[number], string> {
  const outcome = (name: (typeof SECTIONS)[number]) => {
    const section = metrics[name];
    return section.state === "read" ? "read" : section.problem.kind;
  };
  return {
    migration: outcome("migration"),
    storage: outcome("storage"),
    latency: outcome("latency"),
    recall: outcome("recall"),
    memory: outcome("memory"),
  };
}

const ALL_READ = { migration: "read", storage: "read", latency: "read", recall: "read", memory: "read" };

/** A pool for a server that is not there. */
function deadPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: "postgresql://nobody@127.0.0.1:1/nowhere" });
  onTestFinished(() => pool.end());
  return pool;
}

describe("where the database is away", () => {
  base("every part says so, and what to look at", async () => {
    const metrics = await readVectorMetrics(deadPool());
    const away = Object.fromEntries(SECTIONS.map((name) => [name, "database-away"]));
    expect(outcomes(metrics)).toEqual(away);
    expect(metrics.migration).toMatchObject({
      problem: { message: expect.stringMatching(/ECONNREFUSED.*DATABASE_URL/) },
    });
  });

  base("/metrics says that it is down, and gives what it knows of the process", async () => {
    const families = parseExposition(await exposition(await readVectorMetrics(deadPool())));
    expect(families.get("halfvec_migration_up")?.samples).toMatchObject([{ value: 0 }]);
    expect(families.get("process_resident_memory_bytes")?.samples).toHaveLength(1);
    expect(families.has("halfvec_migration_storage_bytes")).toBe(false);
  });

  base("/metrics spells what is not a number as the format does", async () => {
    const metrics = { ...(await readVectorMetrics(deadPool())), databaseMilliseconds: Number.NaN };
    const families = parseExposition(await exposition(metrics));
    expect(families.get("halfvec_migration_snapshot_database_seconds")?.samples[0]?.value).toBeNaN();
  });
});

base("without METRICS_TOKEN there is no /metrics, whoever asks", async () => {
  for (const Authorization of ["", "Bearer undefined", "Bearer "]) {
    const answer = await ask(loader, "/metrics", { headers: { Authorization } });
    expect(answer).toMatchObject({ status: 404, text: expect.stringMatching(/set METRICS_TOKEN/) });
  }
});

test("before expand and after all else everything is read: nothing that is not kept yet is a failure", async ({
  database,
}) => {
  expect(outcomes(await readVectorMetrics(database.client))).toEqual(ALL_READ);
});

test("without the extension the parts that need it say how it comes", async ({ database }) => {
  await database.query("DROP EXTENSION vector CASCADE");
  const metrics = await readVectorMetrics(database.client);
  expect(outcomes(metrics)).toEqual({
    ...ALL_READ,
    migration: "extension-missing",
    storage: "extension-missing",
    // Which index searches take is told by the tables, and those lost their embeddings.
    recall: "extension-missing",
    memory: "extension-missing",
  });
  expect(metrics.migration).toMatchObject({
    problem: { message: expect.stringMatching(/CREATE EXTENSION vector$/) },
  });
});

testOn(null)("in a database without the app's tables the advice is to make them", async ({ database }) => {
  const metrics = await readVectorMetrics(database.client);
  expect(outcomes(metrics)).toEqual(ALL_READ);
  expect(metrics.migration).toMatchObject({
    value: { advice: { state: "stop", command: "npm run db:deploy -- --through init" } },
  });
  expect(metrics.storage).toMatchObject({ value: { tables: [], total: { now: { totalBytes: 0 } } } });
});

test("without the schema of our own figures the migration is shown all the same", async ({ database }) => {
  await runUntil(database, "expand");
  await database.query("DROP SCHEMA vector_metrics CASCADE");
  const metrics = await readVectorMetrics(database.client);
  expect(outcomes(metrics)).toMatchObject({ migration: "read", storage: "read", memory: "read" });
  expect(metrics.migration).toMatchObject({ value: { bookkept: true, actions: [] } });
});

test("a role without rights is told the GRANT, which helps", async ({ database }) => {
  await runUntil(database, "verify");
  const role = 'Dashboard\'s "reader"';
  const name = pg.escapeIdentifier(role);
  await database.query(`CREATE ROLE ${name}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`);
  try {
    await database.query(`SET ROLE ${name}`);
    const refused = await readVectorMetrics(database.client);
    expect(outcomes(refused)).toMatchObject({
      migration: "permission",
      storage: "permission",
      memory: "read",
    });
    await database.query("RESET ROLE");
    for (const statement of grantsIn(refused)) await database.query(statement);
    await database.query(`SET ROLE ${name}`);
    expect(outcomes(await readVectorMetrics(database.client))).toEqual(ALL_READ);
  } finally {
    await database.query("RESET ROLE");
    await database.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
  }
});

/** The statements that the messages say to run. */
function grantsIn(metrics: VectorMetrics): string[] {
  return SECTIONS.flatMap((name) => {
    const section = metrics[name];
    return section.state === "failed" ? (section.problem.message.match(/GRANT [^;]+;/g) ?? []) : [];
  });
}

test("a part that is kept waiting is given up, the others are read", { tags: ["server"] }, async ({
  database,
}) => {
  await runUntil(database, "expand");
  await locking(database, "halfvec_migration.conversions", async () => {
    await database.query("SET statement_timeout = 200");
    const metrics = await readVectorMetrics(database.client);
    expect(outcomes(metrics)).toEqual({ ...ALL_READ, migration: "timeout", storage: "timeout" });
    expect(metrics.migration).toMatchObject({ problem: { message: expect.stringMatching(/too busy/) } });
  });
});

async function locking(database: TestDatabase, table: string, work: () => Promise<void>): Promise<void> {
  const holder = await database.connect();
  await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  try {
    await work();
  } finally {
    await holder.query("ROLLBACK");
  }
}
