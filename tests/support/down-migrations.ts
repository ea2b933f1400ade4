import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import {
  findMigration,
  type Migration,
  readMigrations,
} from "../../app/services/prisma-migrations/migration-files.ts";
import type { TestDatabase } from "./test.ts";

/** All migrations after `init`, in the order in which they are applied. */
export async function migrationsAfterInit(): Promise<Migration[]> {
  return (await readMigrations()).slice(1);
}

/** The `down.sql` beside a migration, found by the name after its timestamp. */
export async function readDown(name: string): Promise<string> {
  const { path } = findMigration(await readMigrations(), name);
  return readFile(join(dirname(path), "down.sql"), "utf8");
}

/** Runs the migrations after `init` by hand: their records in `_prisma_migrations` are not looked at or written. */
export async function runUpByHand(database: TestDatabase): Promise<void> {
  for (const { sql } of await migrationsAfterInit()) await database.query(sql);
}

/** Runs each `down.sql` by hand in reverse order, down to the baseline. Records are not written. */
export async function runDownByHand(database: TestDatabase): Promise<void> {
  for (const { name } of (await migrationsAfterInit()).reverse()) await database.query(await readDown(name));
}

/**
 * The statements that the head of the swap's `down.sql` tells to run first, for every table: what it writes out
 * for `page_embeddings`, with the names of the others.
 */
export async function statementsBeforeSwapBack(): Promise<string[]> {
  const [head = ""] = (await readDown("swap_embedding_columns")).split("DO $migration$");
  const indented = head.split("\n").flatMap((line) => /^-- {3}(.*)$/.exec(line)?.[1] ?? []);
  const written = indented
    .join("\n")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement.length > 0);
  return EMBEDDING_TABLES.flatMap((table) =>
    written.map((statement) =>
      statement
        .replaceAll(PAGE_EMBEDDINGS.vectorIndex, table.vectorIndex)
        .replaceAll(PAGE_EMBEDDINGS.name, table.name),
    ),
  );
}

/** Runs {@link statementsBeforeSwapBack}, each by itself. */
export async function prepareSwapBack(database: TestDatabase): Promise<void> {
  for (const statement of await statementsBeforeSwapBack()) await database.query(statement);
}
