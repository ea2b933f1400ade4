import { expect } from "vitest";
import { startProxy } from "../support/tcp-proxy.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });

test("a database behind a network that is gone is told as away, and its figures come back with it", {
  tags: ["server"],
}, async ({ database }) => {
  const proxy = await startProxy(database);
  process.env.DATABASE_URL = proxy.database.url;
  const { readVectorMetrics } = await import("../../app/services/monitoring/vector-metrics.server.ts");
  expect(await readVectorMetrics()).toMatchObject({ migration: { state: "read" } });
  proxy.freeze();
  const away = { state: "failed", problem: { kind: "database-away" } };
  expect(await readVectorMetrics()).toMatchObject({ migration: away, storage: away, latency: away });
  await proxy.close();
  await proxy.open();
  expect(await readVectorMetrics()).toMatchObject({ migration: { state: "read" } });
});
