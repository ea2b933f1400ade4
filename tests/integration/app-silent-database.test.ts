import { expect } from "vitest";
import { startProxy } from "../support/tcp-proxy.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });

test("a database behind a network that is gone is told as away, and answers again when it is back", {
  tags: ["server"],
}, async ({ database }) => {
  const proxy = await startProxy(database);
  Object.assign(process.env, { DATABASE_URL: proxy.database.url, STATEMENT_TIMEOUT_MS: "500" });
  const { pool } = await import("../../app/db.server.ts");
  const { isDatabaseAway } = await import("../../app/services/database-health.server.ts");
  await pool.query("SELECT 1");
  proxy.freeze();
  const error = await pool.query("SELECT 1").catch((lost: unknown) => lost);
  expect(isDatabaseAway(error)).toBe(true);
  await proxy.close();
  await proxy.open();
  expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});
