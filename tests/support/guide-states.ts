import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DOCUMENTS, EMBEDDING_DIMENSIONS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { constantVector, fillTable } from "./embedding-rows.ts";
import { runUntil } from "./engine.ts";
import { migrateIn } from "./migrate.ts";
import type { TestDatabase } from "./test.ts";

const ROWS = 30;

type Preparation = (database: TestDatabase, directory: string) => Promise<unknown>;

const view: Preparation = (database) =>
  database.query("CREATE VIEW chunks AS SELECT id, chunk_text, embedding FROM page_embeddings");

const until =
  (phase: Parameters<typeof runUntil>[1]): Preparation =>
  (database) =>
    runUntil(database, phase);

const swapped = until("swap");

/** The states that the guide speaks of, each reached from the baseline with some rows. */
const STATES: Record<string, Preparation[]> = {
  baseline: [],
  "no records": [(database) => database.query("DROP TABLE _prisma_migrations")],
  "a view": [view],
  expanded: [until("expand")],
  "expanded, a view": [until("expand"), view],
  indexed: [until("index")],
  "invalid index": [
    until("convert"),
    (database) =>
      database.query(
        `CREATE INDEX page_embeddings_halfvec_hnsw_idx ON page_embeddings USING hnsw (embedding_halfvec halfvec_cosine_ops)`,
      ),
    (database) =>
      database.query(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'page_embeddings_halfvec_hnsw_idx'::regclass",
      ),
  ],
  "set aside": [
    (database) =>
      database.query(
        "UPDATE documents SET embedding = $1 WHERE id = (SELECT id FROM documents ORDER BY id LIMIT 1)",
        [constantVector(EMBEDDING_DIMENSIONS, 70_000)],
      ),
    until("index"),
  ],
  drift: [
    until("verify"),
    (database) => database.query("ALTER TABLE documents DISABLE TRIGGER zz_halfvec_keep_twin"),
    (database) => database.query("UPDATE documents SET embedding = embedding + embedding"),
  ],
  swapped: [swapped],
  "swapped, written": [
    swapped,
    (database) =>
      database.query(
        `UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents ORDER BY id LIMIT 1)
         WHERE id IN (SELECT id FROM page_embeddings ORDER BY id LIMIT 5)`,
      ),
  ],
  "swapped 31 days ago": [
    swapped,
    (database) =>
      database.query(
        "UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '31 days') WHERE name = 'swapped_at'",
      ),
  ],
  "swapped, contract committed": [
    swapped,
    (_, directory) =>
      cp(
        join(directory, "prisma/contract"),
        join(directory, "prisma/migrations/20261215000000_drop_vector_backup"),
        { recursive: true },
      ),
  ],
  contracted: [
    swapped,
    (database, directory) => migrateIn(directory, database, "contract", "--after-days", "0", "--yes"),
  ],
};

/** Brings a database at the baseline, and the working copy, into a state that the guide names. */
export async function prepareState(database: TestDatabase, directory: string, state: string): Promise<void> {
  const steps = STATES[state];
  if (!steps) throw new Error(`the guide runs commands on '${state}'; known are ${Object.keys(STATES)}`);
  await fillTable(database, PAGE_EMBEDDINGS, ROWS);
  await fillTable(database, DOCUMENTS, ROWS, 2);
  for (const step of steps) await step(database, directory);
}

/** Leaves those migrations in a working copy that a release of the guide has: the first ends with expand. */
export async function checkOut(directory: string, release: string): Promise<void> {
  const migrations = join(directory, "prisma/migrations");
  switch (release) {
    case "release 1":
      for (const name of await readdir(migrations)) {
        if (/^\d/.test(name) && !/_(init|add_halfvec_columns)$/.test(name)) {
          await rm(join(migrations, name), { recursive: true });
        }
      }
      return;
    case "release 2":
      return cp("prisma/migrations", migrations, { recursive: true });
    default:
      throw new Error(`the guide knows no '${release}'`);
  }
}
