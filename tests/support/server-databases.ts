import { randomBytes } from "node:crypto";
import pg from "pg";
import { nameOf, type Origin, prepareOrigin, sourceOf } from "./database-state.ts";
import type { TestRun } from "./test-server.ts";

/** Creates a database on the test server from the template of that origin. Resolves to its URL and how to drop it. */
export async function createServerDatabase(
  run: TestRun,
  origin: Origin,
): Promise<{ url: string; drop: () => Promise<void> }> {
  return withAdmin(run, async (admin) => {
    const template = await ensureTemplate(run, admin, origin);
    const name = `${run.prefix}${randomBytes(6).toString("hex")}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    const drop = () =>
      withAdmin(run, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      });
    return { url: urlOf(run, name), drop };
  });
}

/** Builds a template once a run, whichever worker needs it first: the others wait for the lock. */
async function ensureTemplate(run: TestRun, admin: pg.Client, origin: Origin): Promise<string> {
  const name = `${run.prefix}template_${nameOf(origin)}`;
  await admin.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
  try {
    const { rowCount } = await admin.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount) return name;
    // Under another name until it is complete: a template that a killed worker left half-built is never used.
    const draft = `${run.prefix}draft_${nameOf(origin)}`;
    await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    const source = sourceOf(origin);
    const from = source === undefined ? "" : `TEMPLATE ${await ensureTemplate(run, admin, source)}`;
    await admin.query(`CREATE DATABASE ${draft} ${from}`);
    await prepareOrigin(urlOf(run, draft), "server", origin);
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await admin.query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [name]);
  }
}

async function withAdmin<T>(run: TestRun, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: run.adminUrl });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

function urlOf(run: TestRun, database: string): string {
  const url = new URL(run.adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
