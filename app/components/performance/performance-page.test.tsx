import { describe, expect, it } from "vitest";
import type { Stage } from "../../../tests/support/metrics-stage.ts";
import { renderedPerformance } from "../../../tests/support/rendered-performance.tsx";
import { failedSection, metricsAt } from "../../../tests/support/vector-metrics-fixture.ts";
import type { SectionProblem, VectorMetrics } from "../../services/monitoring/vector-metrics.ts";
import { ADMIN_ACTIONS } from "./admin-actions.ts";

/** What a reader would read, in one line. */
function textOf(html: string): string {
  return html
    .replaceAll(/<!--.*?-->/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll("&#x27;", "'")
    .replaceAll(/\s+/g, " ");
}

const textAt = async (stage: Stage, search?: string) =>
  textOf(await renderedPerformance({ metrics: metricsAt(stage), search }));

describe("the page", () => {
  it("says before the migration what it can: the next command, the forecast, and what is not there yet", async () => {
    const text = await textAt("baseline");
    expect(text).toContain(
      "You can go on Nothing has begun: the migration can start Next: npm run migrate:halfvec",
    );
    expect(text).toContain("No search yet in this time.");
    expect(text).toContain("Verify has not measured it yet.");
    expect(text).toContain("They are off. With VECTOR_SHADOW_READS=0.05");
    expect(text).toContain("There is none to pause: it exists from expand to the swap.");
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it("shows a conversion: rows, rate, time left, what holds it up, and the rows set aside with their reason", async () => {
    const html = await renderedPerformance({ metrics: metricsAt("converting") });
    expect(html).toMatch(/<progress max="41000" value="23780" aria-label="block_embeddings converted">/);
    const text = textOf(html);
    expect(text).toContain(
      "Rows 23,780 of 41,000 Rate 2,940 rows/s Left 4 min 05 s Workers 1 HOT updates 93 %",
    );
    expect(text).toContain("Waiting: replica standby1 is 4.2 s behind (at most 3 s)");
    expect(text).toContain("id=0190f3c2-6f3e-7cc0-9a55-0d1c6a2b7f10 value 70123.5 is beyond ±65504");
  });

  it("says with how many candidates searches take an index, and how to measure an outgrown one again", async () => {
    const metrics = metricsAt("swapped");
    expect(textOf(await renderedPerformance({ metrics }))).toMatch(
      /Searches take page_embeddings_compact_hnsw_idx with 100 candidates, measured .* at [\d,]+ rows; asked for was 97.0 %/,
    );
    const outgrown = JSON.parse(JSON.stringify(metrics).replaceAll('"outgrown":false', '"outgrown":true'));
    expect(textOf(await renderedPerformance({ metrics: outgrown }))).toMatch(
      /with 100 candidates, .* The table has at least twice as many now. To measure it again: npm run migrate:halfvec -- index --profile compact --tables page_embeddings/,
    );
    const unused = JSON.parse(JSON.stringify(metrics).replaceAll('"inUse":true', '"inUse":false'));
    expect(textOf(await renderedPerformance({ metrics: unused }))).toMatch(
      /Searches take page_embeddings_compact_hnsw_idx as the app is configured, measured /,
    );
  });

  it("shows each check of a verify with its figures, in words and not in colour alone", async () => {
    const html = await renderedPerformance({ metrics: metricsAt("red") });
    expect(textOf(html)).toContain("red recall 0.941, 0.031 below vector; at most 0.02 is allowed");
    expect(textOf(html)).toContain("green values 0 of 1450 values differ");
    // The red one is open.
    expect(html.match(/<details class="checks" open="">/g)).toHaveLength(1);
    expect(textOf(html)).toContain("Verify : failed");
  });

  it("calls a verify out of date before the swap, for which it must hold, and not after it", async () => {
    const outdated = (stage: Stage): VectorMetrics => {
      const metrics = metricsAt(stage);
      if (metrics.migration.state !== "read") throw new Error("The fixture has no tables.");
      const tables = metrics.migration.value.tables.map((table) => ({
        ...table,
        verification: table.verification && { ...table.verification, current: false },
      }));
      return { ...metrics, migration: { state: "read", value: { ...metrics.migration.value, tables } } };
    };
    expect(await renderedPerformance({ metrics: outdated("red") })).toContain(", but out of date");
    expect(await renderedPerformance({ metrics: outdated("swapped") })).not.toContain("out of date");
  });

  it("labels each amount of storage for what it is", async () => {
    const text = await textAt("swapped");
    expect(text).toMatch(
      /Before 2026-11-18 .* Peak 2026-11-19 .* Now measured live .* After contract forecast/,
    );
    expect(text).toContain("All tables 1134 MB 1691 MB 1141 MB 581 MB +48 % −50 % +1 %");
  });

  it("has no column of storage in which nothing is known", async () => {
    const head = async (stage: Stage) =>
      /Storage of each table (.*?) page_embeddings/.exec(await textAt(stage))?.[1]?.trim();
    expect(await head("baseline")).toBe("Now After*");
    expect(await head("swapped")).toBe("Before Peak Now After* Table Index Total");
    expect(await head("contracted")).not.toContain("After");
  });

  it("puts what was asked for beside what each index gives, and marks what is a forecast", async () => {
    const head = "Indexes of page_embeddings Asked vector halfvec compact";
    expect(await textAt("baseline")).toContain(
      `${head} Total 43 % 324 MB 166 MB* (51 %) 98 MB* (30 %) HNSW index 34 % 156 MB 78 MB* (50 %) 9984 kB* (6 %) Recall@10 – – – – p95 of a search – – – – block_embeddings`,
    );
    expect(await textAt("swapped")).toContain(
      `${head} Total 43 % 324 MB 166 MB* (51 %) 98 MB* (30 %) HNSW index 34 % 156 MB 78 MB (50 %) 9984 kB (6 %) Recall@10 – 99.8 % 97.9 % 97.2 % p95 of a search – 3.1 ms 2.2 ms 2.6 ms block_embeddings`,
    );
    const contracted = await textAt("contracted");
    expect(contracted).toContain(`${head} Total 43 % 324 MB 166 MB (51 %) 98 MB (30 %)`);
    expect(contracted).toContain("43 % 23 MB 12 MB (51 %) 7257 kB* (30 %)");
  });

  it("says where the rows are too many to compare bytes, and leaves out a table without embeddings", async () => {
    const metrics = metricsAt("contracted");
    if (metrics.storage.state !== "read") throw new Error("The fixture has no storage.");
    const [first, ...others] = metrics.storage.value.profiles;
    if (first === undefined) throw new Error("The fixture has no profiles.");
    const profiles = [
      { ...first, rows: { ...first.rows, now: 45_000 } },
      ...others.map((table) => ({ ...table, rows: { ...table.rows, embedded: 0 } })),
    ];
    const storage = { state: "read" as const, value: { ...metrics.storage.value, profiles } };
    const text = textOf(await renderedPerformance({ metrics: { ...metrics, storage } }));
    expect(text).toContain("vector was measured at about 20,000 rows; now there are about 45,000.");
    expect(text.match(/Asked vector/g)).toHaveLength(1);
    expect(text).not.toContain("* A forecast, not measured.");
  });

  it("has no forecast after contract", async () => {
    const text = await textAt("contracted");
    expect(text).toContain("Complete");
    expect(text).not.toContain("After contract forecast");
  });

  it("shows the latencies of the time that the address names", async () => {
    expect(await textAt("swapped", "minutes=5")).toContain("Percentiles, the last hour by minute");
    expect(await textAt("swapped", "minutes=1440")).toContain(
      "Percentiles, the last 24 hours by quarter of an hour",
    );
    expect(await textAt("swapped", "minutes=1440")).toContain("documents, vector (shadow) 10,080");
  });

  it("shows halfvec beside vector as it was measured last, whatever time the address names", async () => {
    const compared = "documents, vector until 2026-11-19 10,080 4.4 ms 9.2 ms 15.0 ms 39.6 ms";
    expect(await textAt("swapped", "minutes=5")).toContain(compared);
    expect(await textAt("contracted")).toContain(compared);
    expect(await textAt("converting")).not.toContain("as it was measured last");
  });
});

describe("a part that could not be read", () => {
  const KINDS: readonly SectionProblem["kind"][] = [
    "database-away",
    "timeout",
    "permission",
    "extension-missing",
    "schema-missing",
    "unknown",
  ];

  it("says once what all parts have in common", async () => {
    const failed = failedSection("database-away", "Look whether it runs.");
    const parts = { migration: failed, storage: failed, latency: failed, recall: failed, memory: failed };
    const text = textOf(await renderedPerformance({ metrics: { ...metricsAt("baseline"), ...parts } }));
    expect(text).toMatch(/^\s*Performance .* The database does not answer Look whether it runs\.\s*$/);
  });

  it.for(KINDS)("says why (%s), and the page is there all the same", async (kind) => {
    const failed = failedSection(kind, `What to do about ${kind}.`);
    const parts = { migration: failed, storage: failed, latency: failed, recall: failed };
    const text = textOf(
      await renderedPerformance({ metrics: { ...metricsAt("baseline"), ...parts } as VectorMetrics }),
    );
    expect(text.match(new RegExp(`What to do about ${kind}\\.`, "g"))).toHaveLength(5);
    expect(text).toContain("could not be read");
  });

  it("leaves the others as they are", async () => {
    const metrics = metricsAt("swapped", { recall: failedSection("timeout", "Too busy.") });
    const text = textOf(await renderedPerformance({ metrics }));
    expect(text).toContain("Recall It took the database too long Too busy.");
    expect(text).toContain("p95 of halfvec");
  });
});

describe("actions", () => {
  it.for(Object.entries(ADMIN_ACTIONS))(
    "asks before %s, and sends its intent only then",
    async ([action, { question }]) => {
      const before = await renderedPerformance({ metrics: metricsAt("red") });
      expect(before).not.toContain("<form");
      const asked = await renderedPerformance({
        metrics: metricsAt("red"),
        search: `confirm=${action}&minutes=5`,
      });
      expect(textOf(asked)).toContain(question);
      expect(asked).toMatch(new RegExp(`<button type="submit" name="intent"[^>]* value="${action}"`));
      expect(asked).toContain('<input type="hidden" name="workspace" value="handbook"/>');
      expect(asked).toContain('href="/app/performance-dashboard?minutes=5">Cancel</a>');
    },
  );

  it("offers what makes sense now", async () => {
    const offered = async (metrics: VectorMetrics) =>
      [...(await renderedPerformance({ metrics })).matchAll(/[?&]confirm=([\w-]+)/g)].map(
        (found) => found[1],
      );
    expect(await offered(metricsAt("baseline"))).toEqual(["compare"]);
    expect(await offered(metricsAt("contracted"))).toEqual([]);
    expect(await offered(metricsAt("red"))).toEqual([
      "flag-auto",
      "flag-halfvec",
      "pause",
      "verify",
      "compare",
    ]);
    expect(await offered(metricsAt("swapped"))).not.toContain("pause");
    const paused = metricsAt("swapped");
    if (paused.migration.state !== "read") throw new Error("The fixture has no settings.");
    const settings = { paused: true, pausedBy: "ada@example.com", swappedAt: null };
    const migration = { state: "read" as const, value: { ...paused.migration.value, settings } };
    expect(await offered({ ...paused, migration })).toContain("resume");
  });

  it("tells why something was refused though nothing could be read", async () => {
    const failed = failedSection("timeout", "Too busy.");
    const parts = { migration: failed, storage: failed, latency: failed, recall: failed, memory: failed };
    for (const unread of [{ migration: failed }, parts]) {
      const metrics = { ...metricsAt("red"), ...unread };
      const html = await renderedPerformance({ metrics, refused: "The database does not answer." });
      expect(html.match(/role="alert"/g)).toHaveLength(1);
      expect(textOf(html)).toContain("Nothing was done The database does not answer.");
    }
  });

  it("tells why something was refused, and who did what", async () => {
    const html = await renderedPerformance({
      metrics: metricsAt("red"),
      refused: "Verify is running already.",
    });
    expect(textOf(html)).toContain("Nothing was done Verify is running already.");
    expect(html).toContain('role="alert"');
    expect(textOf(html)).toContain("Verify red: documents ada@example.com, 40 minutes ago");
  });
});
