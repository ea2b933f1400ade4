import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { EMBEDDING_DIMENSIONS } from "../../app/embedding-tables.ts";
import type { DatabaseState } from "./database-state.ts";
import { constantVector } from "./embedding-rows.ts";
import { runUntil } from "./engine.ts";
import { migrateIn } from "./migrate.ts";
import { filled, moved } from "./migration-states.ts";
import type { TestDatabase } from "./test.ts";

/** What a scenario's database begins as, and what is done to it, or to the working copy, before the first command. */
interface GuideState {
  begins: DatabaseState;
  steps: Step[];
}

type Step = (database: TestDatabase, directory: string) => Promise<unknown>;

const sql =
  (text: string, ...values: unknown[]): Step =>
  (database) =>
    database.query(text, values);

const BASELINE = filled(30, 30);
const EXPANDED = moved(BASELINE, "expand");
const CONVERTED = moved(EXPANDED, "convert");
const INDEXED = moved(CONVERTED, "index");
const VERIFIED = moved(INDEXED, "verify");
const SWAPPED = moved(VERIFIED, "swap");

const VIEW = sql("CREATE VIEW chunks AS SELECT id, chunk_text, embedding FROM page_embeddings");

/** The states that the guide speaks of. */
const STATES: Record<string, GuideState> = {
  baseline: { begins: BASELINE, steps: [] },
  "no records": { begins: BASELINE, steps: [sql("DROP TABLE _prisma_migrations")] },
  "a view": { begins: BASELINE, steps: [VIEW] },
  expanded: { begins: EXPANDED, steps: [] },
  "expanded, a view": { begins: EXPANDED, steps: [VIEW] },
  indexed: { begins: INDEXED, steps: [] },
  "invalid index": {
    begins: CONVERTED,
    steps: [
      sql(
        "CREATE INDEX page_embeddings_halfvec_hnsw_idx ON page_embeddings USING hnsw (embedding_halfvec halfvec_cosine_ops)",
      ),
      sql(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'page_embeddings_halfvec_hnsw_idx'::regclass",
      ),
    ],
  },
  "set aside": {
    begins: BASELINE,
    steps: [
      sql(
        "UPDATE documents SET embedding = $1 WHERE id = (SELECT id FROM documents ORDER BY id LIMIT 1)",
        constantVector(EMBEDDING_DIMENSIONS, 70_000),
      ),
      (database) => runUntil(database, "index"),
    ],
  },
  drift: {
    begins: VERIFIED,
    steps: [
      sql("ALTER TABLE documents DISABLE TRIGGER zz_halfvec_keep_twin"),
      sql("UPDATE documents SET embedding = embedding + embedding"),
    ],
  },
  swapped: { begins: SWAPPED, steps: [] },
  "swapped, written": {
    begins: SWAPPED,
    steps: [
      sql(
        `UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents ORDER BY id LIMIT 1)
         WHERE id IN (SELECT id FROM page_embeddings ORDER BY id LIMIT 5)`,
      ),
    ],
  },
  "swapped 31 days ago": {
    begins: SWAPPED,
    steps: [
      sql(
        "UPDATE halfvec_migration.settings SET value = to_jsonb(now() - interval '31 days') WHERE name = 'swapped_at'",
      ),
    ],
  },
  "swapped, contract committed": {
    begins: SWAPPED,
    steps: [
      (_, directory) =>
        cp(
          join(directory, "prisma/contract"),
          join(directory, "prisma/migrations/20261215000000_drop_vector_backup"),
          { recursive: true },
        ),
    ],
  },
  contracted: {
    begins: SWAPPED,
    steps: [
      (database, directory) => migrateIn(directory, database, "contract", "--after-days", "0", "--yes"),
    ],
  },
};

/** The state that the guide calls so. */
export function guideState(name: string): GuideState {
  const state = STATES[name];
  if (!state) throw new Error(`the guide runs commands on '${name}'; known are ${Object.keys(STATES)}`);
  return state;
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
