import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asked, ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { runUntil } from "../support/engine.ts";
import { filled } from "../support/migration-states.ts";
import { parseExposition } from "../support/prometheus-text.ts";

const TOKEN = "a token of a test, long enough".replaceAll(" ", "-");
const bearer = (token: string): Asked => ({ headers: { Authorization: `Bearer ${token}` } });

let app: TestApp;
let admin: TestMember;
let member: TestMember;
let json: Handler;
let metrics: Handler;

beforeAll(async () => {
  app = await openApp({ through: filled(40), env: { METRICS_TOKEN: TOKEN } });
  json = (await import("../../app/routes/api.metrics[.]json.ts")).loader;
  metrics = (await import("../../app/routes/metrics.ts")).loader;
  const workspace = await app.addWorkspace();
  admin = await app.addMember(workspace, { role: "admin" });
  member = await app.addMember(workspace);
  await runUntil(app, "verify");
  await app.query(
    `INSERT INTO vector_metrics.shadow_reads
     VALUES (now(), 'documents', 'halfvec', 10, 9, 1e-5, 1, 0, now());
     INSERT INTO vector_metrics.search_latencies
     VALUES (60, date_trunc('minute', now()), 'documents', 'halfvec', false, '{160}', '{5}', 1)`,
  );
});
afterAll(() => app.close());

describe("GET /api/metrics.json", () => {
  test("gives an admin, and who has the token, what the dashboard shows", async () => {
    for (const asked of [{ as: admin }, bearer(TOKEN)]) {
      const answer = await ask(json, "/api/metrics.json", asked);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          migration: {
            state: "read",
            value: { tables: [{ table: "page_embeddings", phase: "indexed" }, {}, {}, {}] },
          },
          storage: { state: "read" },
          latency: { state: "read" },
          recall: { state: "read" },
          memory: { state: "read" },
        },
      });
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
    }
  });

  test.for([
    ["nobody", 401, () => ({})],
    ["a member who is no admin", 403, () => ({ as: member })],
    ["a wrong token", 401, () => bearer(`${TOKEN}x`)],
    ["a wrong token beside the session of an admin", 401, () => ({ as: admin, ...bearer("x") })],
    ["no token in the header", 401, () => ({ headers: { Authorization: "Basic eDp5" } })],
  ] as const)("is refused to %s with problem details", async ([, status, asked]) => {
    const answer = await ask(json, "/api/metrics.json", asked());
    expect(answer).toMatchObject({ status, body: { status, detail: expect.any(String) } });
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
    expect(answer.text).not.toContain("page_embeddings");
  });

  test("is refused to a key of a workspace: it is not about one", async () => {
    const key = await app.addApiKey(admin.workspaceId);
    expect(await ask(json, "/api/metrics.json", { key })).toMatchObject({ status: 401 });
  });
});

test("is read once for all who ask at the same time, on a connection that gives up early", {
  tags: ["server"],
}, async () => {
  const { currentMetrics } = await import("../../app/services/monitoring/vector-metrics.server.ts");
  const { metricsPool } = await import("../../app/services/monitoring/metrics-pool.server.ts");
  const asked = Array.from({ length: 20 }, () => currentMetrics());
  expect(new Set(await Promise.all(asked)).size).toBe(1);
  const { rows } = await metricsPool.query("SHOW statement_timeout");
  expect(rows).toEqual([{ statement_timeout: "1s" }]);
});

describe("GET /metrics", () => {
  test.for([
    ["nobody", () => ({})],
    ["the session of an admin", () => ({ as: admin })],
    ["a wrong token", () => bearer(TOKEN.slice(1))],
  ] as const)("is refused to %s", async ([, asked]) => {
    const answer = await ask(metrics, "/metrics", asked());
    expect(answer).toMatchObject({ status: 401, text: expect.stringMatching(/METRICS_TOKEN/) });
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
  });

  test("is in the Prometheus text format, every line of it, with names after its conventions", async () => {
    const answer = await ask(metrics, "/metrics", bearer(TOKEN));
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const families = parseExposition(answer.text);
    const ours = [...families.values()].filter(({ name }) => /^(halfvec_|app_)/.test(name));
    expect(ours.length).toBeGreaterThan(25);
    for (const { name, type, help } of ours) {
      expect(help).not.toBe("");
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|percent|count|sum|bucket)$/);
      expect({ name, counter: name.endsWith("_total") }).toEqual({ name, counter: type === "counter" });
    }
  });

  test("says the same as the database", async () => {
    const [found] = await app.query<{ index: number; heap: number; rows: number }>(
      `SELECT pg_table_size('page_embeddings_halfvec_hnsw_idx')::int AS index,
              pg_relation_size('page_embeddings')::int AS heap,
              (SELECT count(embedding_halfvec)::int FROM page_embeddings) AS rows`,
    );
    const families = parseExposition((await ask(metrics, "/metrics", bearer(TOKEN))).text);
    const value = (name: string, labels: Record<string, string> = {}) =>
      families
        .get(name)
        ?.samples.find((sample) =>
          Object.entries(labels).every(([label, text]) => sample.labels[label] === text),
        )?.value;
    const table = "page_embeddings";
    const now = { table, moment: "now" };
    expect(value("halfvec_migration_up")).toBe(1);
    expect(value("halfvec_migration_phase", { table, phase: "indexed" })).toBe(1);
    expect(value("halfvec_migration_phase", { table, phase: "swapped" })).toBe(0);
    expect(value("halfvec_migration_storage_bytes", { ...now, part: "halfvec_index" })).toBe(found?.index);
    expect(value("halfvec_migration_storage_bytes", { ...now, part: "heap" })).toBe(found?.heap);
    expect(value("halfvec_migration_converted_rows", { table })).toBe(found?.rows);
    expect(value("halfvec_migration_recall_ratio", { table, column_type: "halfvec" })).toBeGreaterThan(0.9);
    expect(value("halfvec_migration_verified", { table })).toBe(1);
    expect(value("halfvec_migration_shadow_overlap_ratio", { table: "documents" })).toBe(0.9);
    const search = { table: "documents", window: "1h", quantile: "1" };
    expect(value("halfvec_migration_search_latency_seconds", search)).toBe(0.001);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  test("has the searches of this process as a histogram in seconds", async () => {
    const { recordSearch } = await import("../../app/services/monitoring/latency/record-search.server.ts");
    const kind = { table: "documents", columnType: "halfvec", shadow: false } as const;
    for (const milliseconds of [2, 20, 2_000]) recordSearch({ ...kind, milliseconds });
    const families = parseExposition((await ask(metrics, "/metrics", bearer(TOKEN))).text);
    const family = families.get("app_search_duration_seconds");
    const samples = (family?.samples ?? []).filter(({ labels }) => labels.table === "documents");
    expect(family?.type).toBe("histogram");
    expect(
      samples.filter(({ labels }) => ["0.001", "0.005", "1", "+Inf"].includes(labels.le ?? "")),
    ).toMatchObject([{ value: 0 }, { value: 1 }, { value: 2 }, { value: 3 }]);
    expect(samples.find(({ name }) => name.endsWith("_sum"))?.value).toBeCloseTo(2.022);
  });

  test("is drawn by the dashboard of Grafana: what it asks for is exported, and each figure of ours is drawn", async () => {
    const dashboard = JSON.parse(await readFile("docs/grafana-dashboard.json", "utf8"));
    const ids = dashboard.panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const families = parseExposition((await ask(metrics, "/metrics", bearer(TOKEN))).text);
    const asked = dashboard.panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(?:halfvec|app|process|nodejs)_[a-z_]+\b/g) ?? []),
    );
    expect(asked.length).toBeGreaterThan(10);
    const exported = (name: string) =>
      families.has(name.replace(/_(bucket|sum|count)$/, "")) || families.has(name);
    expect(asked.filter((name: string) => !exported(name))).toEqual([]);
    const ours = [...families.keys()].filter((name) => name.startsWith("halfvec_migration_"));
    expect(ours).toContain("halfvec_migration_running");
    expect(ours.filter((name) => !asked.includes(name))).toEqual([]);
  });
});
