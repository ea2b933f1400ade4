import { afterAll, beforeAll, expect, test } from "vitest";
import { openApp, type TestApp } from "../support/app.ts";
import { filled } from "../support/migration-states.ts";
import { startMigration } from "../support/running-migration.ts";
import type { TestDatabase } from "../support/test.ts";

const SOON = { timeout: 60_000, interval: 50 };

let app: TestApp;
let actions: typeof import("../../app/services/monitoring/admin-actions.server.ts");
let metrics: typeof import("../../app/services/monitoring/vector-metrics.server.ts");

beforeAll(async () => {
  app = await openApp({ through: filled(200) });
  actions = await import("../../app/services/monitoring/admin-actions.server.ts");
  metrics = await import("../../app/services/monitoring/vector-metrics.server.ts");
});
afterAll(() => app.close());

async function migration() {
  const section = (await metrics.readVectorMetrics(app.pool)).migration;
  if (section.state === "failed") throw new Error(section.problem.message);
  return section.value;
}

test("a migration in another process is told as under way from its first range to its death, and verify waits for it", {
  tags: ["server"],
  timeout: 120_000,
}, async () => {
  const database = { url: app.url } as TestDatabase;
  const run = startMigration(database, ["run", "--yes", "--until", "convert", "--rows-per-second", "5"]);
  const claims = async () => (await migration()).tables[0]?.conversion?.claims ?? 0;
  await expect.poll(claims, SOON).toBeGreaterThan(0);
  // Before the first sample of its rate is stored, too.
  await app.query("TRUNCATE halfvec_migration.progress");
  expect(await migration()).toMatchObject({
    atWork: "forward",
    advice: { state: "wait", command: null, reasons: ["page_embeddings is being converted."] },
  });
  await expect(actions.startVerify("ann@example.com")).rejects.toThrow(
    expect.objectContaining({
      name: "AdminActionError",
      message: expect.stringMatching(/^Another process works on the migration now/),
    }),
  );

  run.kill("SIGKILL");
  await run.exit;
  await expect.poll(async () => (await migration()).atWork, SOON).toBeNull();
  await app.query("TRUNCATE halfvec_migration.progress");
  expect(await claims()).toBeGreaterThan(0);
  expect((await migration()).advice).toMatchObject({ state: "go", title: "Go on with the conversion" });
});
