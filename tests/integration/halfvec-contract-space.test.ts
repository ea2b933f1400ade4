import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { readCatalog } from "../../app/services/halfvec/catalog.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { reclaimSpace } from "../../app/services/halfvec/contract/reclaim.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { findRepack } from "../../scripts/migrate-to-halfvec/pg-repack.ts";
import { AT_ONCE, contractMigrations, SWAPPED } from "../support/contracting.ts";
import { type MigrateRun, migrateIn } from "../support/migrate.ts";
import { filled, moved } from "../support/migration-states.ts";
import { phases } from "../support/table-phases.ts";
import { testOn } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = testOn(SWAPPED);
const testAtBaseline = testOn("init");
const testWithManyRows = testOn(moved(filled(1500), "swap"));
const SLOW = 240_000;

interface Bytes {
  heap: number;
  toast: number;
  indexes: { name: string; bytes: number }[];
  total: number;
}

interface ContractedFigures {
  reclaimed: string;
  tables: { table: string; before: Bytes; after: Bytes }[];
}

function contractedOf({ summary }: MigrateRun): ContractedFigures {
  return (summary as unknown as { contracted: ContractedFigures }).contracted;
}

describe("the space that contract returns", () => {
  test.for(["none", "vacuum-full"])(
    "--reclaim %s says what was measured of table, TOAST and each index",
    { timeout: SLOW },
    async (reclaim, { database }) => {
      const directory = await createWorkingCopy();
      const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", reclaim);
      expect(run, run.stderr).toMatchObject({ code: 0 });
      const { tables, reclaimed } = contractedOf(run);
      expect(reclaimed).toBe(reclaim);
      const [pages] = tables;
      expect(pages?.before.indexes.map(({ name }) => name)).toContain(PAGE_EMBEDDINGS.halfvecIndex);
      expect(pages?.before.total).toBeGreaterThan(60 * 12_000);
      const share = (pages?.after.toast ?? 0) / (pages?.before.toast ?? 1);
      // Of 8 and 4 KB a row, the 4 stay.
      expect(share > 0.9).toBe(reclaim === "none");
      expect(share > 0.5).toBe(reclaim === "none");
      const [measured] = await database.query<{ total: number }>(
        "SELECT pg_total_relation_size('page_embeddings')::float8 AS total",
      );
      expect(pages?.after.total).toBe(measured?.total);
    },
  );

  test("once more only returns the space", { timeout: SLOW }, async ({ database }) => {
    const directory = await createWorkingCopy();
    await migrateIn(directory, database, ...AT_ONCE);
    const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "vacuum-full");
    expect(run, run.stderr).toMatchObject({ code: 0, summary: { contracted: { reclaimed: "vacuum-full" } } });
    expect(run.events.filter(({ event }) => event === "written")).toEqual([]);
    expect(await contractMigrations(directory)).toHaveLength(1);
    expect(await phases(database)).toEqual(["contracted"]);
  });
});

describe("the space is not returned twice, nor said to be where it is not", () => {
  const HOLDS = `SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'page_embeddings'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

  testAtBaseline(
    "a lock that ANALYZE does not get is told, and the table not rewritten again",
    {
      timeout: SLOW,
      tags: ["server"],
    },
    async ({ database }) => {
      const reader = await database.connect();
      const other = await database.connect();
      await reader.query("BEGIN");
      await reader.query("SELECT FROM page_embeddings");
      const events: MigrationEvent[] = [];
      const rewriting = reclaimSpace(
        await openConnections(database.url),
        {
          tables: [PAGE_EMBEDDINGS],
          reclaim: "vacuum-full",
          storage: null,
          lockTimeoutMs: 5000,
          runRepack: null,
        },
        (event) => events.push(event),
        new AbortController().signal,
      );
      await expect.poll(() => database.query(HOLDS)).toHaveLength(1);
      await other.query("BEGIN");
      const held = other.query("LOCK TABLE page_embeddings IN SHARE UPDATE EXCLUSIVE MODE");
      await expect.poll(() => database.query(HOLDS)).toHaveLength(2);
      await reader.query("COMMIT");
      await held;
      const rewritten = (await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode;
      await rewriting;
      expect(events.filter(({ event }) => event === "waiting" || event === "warning")).toEqual([
        { event: "warning", table: "page_embeddings", message: expect.stringContaining("ANALYZE") },
      ]);
      expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode).toBe(rewritten);
      await other.query("ROLLBACK");
    },
  );

  testAtBaseline(
    "pg_repack that leaves a table as it is, because somebody holds it, is an error that names the session",
    {
      timeout: SLOW,
      tags: ["pg_repack"],
    },
    async ({ database }) => {
      await database.query("CREATE EXTENSION pg_repack");
      const reader = await database.connect();
      await reader.query("BEGIN");
      await reader.query("SELECT FROM page_embeddings");
      const [backend] = (await reader.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
      const before = (await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode;
      const rewriting = reclaimSpace(
        await openConnections(database.url),
        {
          tables: [PAGE_EMBEDDINGS],
          reclaim: "pg_repack",
          storage: null,
          lockTimeoutMs: 1000,
          runRepack: await findRepack(database.url, 1),
        },
        () => undefined,
        new AbortController().signal,
      );
      await expect(rewriting).rejects.toThrow(
        new RegExp(`pg_repack left page_embeddings as it was .*held by process ${backend?.pid} .*again`),
      );
      expect((await readCatalog(database.client, PAGE_EMBEDDINGS)).relfilenode).toBe(before);
      await reader.query("COMMIT");
    },
  );
});

testWithManyRows(
  "--reclaim pg_repack returns the space while the table is read and written",
  {
    timeout: SLOW,
    tags: ["pg_repack"],
  },
  async ({ database }) => {
    await database.query("CREATE EXTENSION pg_repack");
    const directory = await createWorkingCopy();
    const ids = (await database.query<{ id: string }>("SELECT id FROM page_embeddings")).map(({ id }) => id);
    const app = await database.connect();
    const written = new Map<string, string>();
    const done = new AbortController();
    const working = (async () => {
      for (let turn = 0; !done.signal.aborted; turn++) {
        const id = ids[turn % ids.length] as string;
        await app.query("UPDATE page_embeddings SET chunk_text = $2 WHERE id = $1", [id, `turn ${turn}`]);
        written.set(id, `turn ${turn}`);
        await app.query(
          "SELECT id FROM page_embeddings ORDER BY embedding <=> (SELECT embedding FROM page_embeddings WHERE id = $1) LIMIT 5",
          [id],
        );
      }
    })();

    const run = await migrateIn(directory, database, ...AT_ONCE, "--reclaim", "pg_repack");
    done.abort();
    await working;

    expect(run, run.stderr).toMatchObject({ code: 0, summary: { contracted: { reclaimed: "pg_repack" } } });
    const [pages] = contractedOf(run).tables;
    expect((pages?.after.toast ?? 0) / (pages?.before.toast ?? 1)).toBeLessThan(0.5);
    const rows = await database.query<{ id: string; chunk_text: string }>(
      "SELECT id, chunk_text FROM page_embeddings WHERE id = ANY ($1)",
      [[...written.keys()]],
    );
    expect(new Map(rows.map(({ id, chunk_text }) => [id, chunk_text]))).toEqual(written);
    expect(written.size).toBeGreaterThan(50);
  },
);
