import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { JournalWriter, type WrittenTable } from "../support/journal-writer.ts";
import { PAGES, PAPERS } from "../support/kept-rows.ts";
import { checksumOfVectors } from "../support/migration-records.ts";
import { startMigration } from "../support/running-migration.ts";
import { shareRows } from "../support/shared-rows.ts";
import { test as base, type TestDatabase } from "../support/test.ts";

const test = base.override({ through: "init" });
const WRITERS = 4;

/** Keys of the rows that are not what their writer wrote last, after the swap. */
async function findWrong(database: TestDatabase, table: WrittenTable, writer: JournalWriter) {
  const journal = [...(writer.journals.get(table) ?? [])];
  const rows = await database.query<{ id: string }>(
    `SELECT j.id FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) AS j(id, text, embedding, deleted)
     LEFT JOIN ${table.name} t ON t.id = j.id
     WHERE CASE WHEN j.deleted THEN t.id IS NOT NULL
           ELSE t.id IS NULL OR t.${table.text} <> j.text
             OR t.embedding IS DISTINCT FROM j.embedding::vector(1536)::halfvec(1536)
             OR t.embedding_vector_backup IS NOT NULL
                AND t.embedding_vector_backup IS DISTINCT FROM j.embedding::vector(1536) END`,
    [
      journal.map(([id]) => id),
      journal.map(([, row]) => row?.text ?? null),
      journal.map(([, row]) => row?.embedding ?? null),
      journal.map(([, row]) => row === null),
    ],
  );
  return rows.map(({ id }) => id);
}

describe("writers of before the migration", { tags: ["server"] }, () => {
  test("write through all of it without an error, and every row is what was written last", {
    timeout: 240_000,
  }, async ({ database }) => {
    const filled = [
      { table: PAGE_EMBEDDINGS, written: PAGES, rows: 1500 },
      { table: DOCUMENTS, written: PAPERS, rows: 600 },
    ];
    const writers = await Promise.all(
      Array.from(
        { length: WRITERS },
        async (_, index) =>
          new JournalWriter(await database.connect(), new SeededRandom(index + 1), index % 2 === 1),
      ),
    );
    for (const { table, rows } of filled) await fillTable(database, table, rows);
    const untouched = await shareRows(
      database,
      writers,
      filled.map(({ written }) => written),
    );
    const sums = new Map<WrittenTable, string>();
    for (const { table, written } of filled) {
      sums.set(written, await checksumOfVectors(database, table, "embedding", untouched.get(written)));
    }

    const stop = new AbortController();
    const writing = Promise.all(writers.map((writer) => writer.run(stop.signal)));
    const written = () => writers.reduce((sum, writer) => sum + writer.writes, 0);
    await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(100);
    const before = written();
    const cli = startMigration(database, ["run", "--yes"]);
    const exit = await cli.exit;
    const during = written() - before;
    await expect.poll(written, { timeout: 30_000 }).toBeGreaterThan(before + during + 200);
    stop.abort();
    await writing;

    expect(writers.flatMap((writer) => writer.errors)).toEqual([]);
    expect(exit.code, cli.stderr()).toBe(0);
    expect(during).toBeGreaterThan(100);
    for (const writer of writers) expect(Math.min(...Object.values(writer.done))).toBeGreaterThan(0);
    for (const { table, written } of filled) {
      for (const writer of writers) expect(await findWrong(database, written, writer)).toEqual([]);
      const ids = untouched.get(written) ?? [];
      expect(await checksumOfVectors(database, table, "embedding_vector_backup", ids)).toBe(
        sums.get(written),
      );
      const living = writers.flatMap((writer) =>
        [...(writer.journals.get(written) ?? [])].flatMap(([id, row]) => (row === null ? [] : [id])),
      );
      const [found] = await database.query<{ rows: number; stale: number }>(
        `SELECT count(*)::int AS rows,
                count(*) FILTER (WHERE embedding_vector_backup IS NOT NULL
                  AND embedding_vector_backup::halfvec(1536) IS DISTINCT FROM embedding)::int AS stale
         FROM ${table.name}`,
      );
      expect(found).toEqual({ rows: ids.length + living.length, stale: 0 });
    }
  });
});
