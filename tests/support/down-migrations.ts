import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Runs each `down.sql` by hand in reverse order, from a prepared swap down to the baseline. Records are not written. */
export async function runDownByHand(database: TestDatabase): Promise<void> {
  for (const { name } of (await migrationsAfterInit()).reverse()) await database.query(await readDown(name));
}

/** The statements that the head of the swap's `down.sql` tells to run first, in psql's language. */
export async function statementsBeforeSwapBack(): Promise<string[]> {
  const [head = ""] = (await readDown("swap_embedding_columns")).split("DO $migration$");
  return head.split("\n").flatMap((line) => /^-- {3}(.*)$/.exec(line)?.[1] ?? []);
}

/** Runs {@link statementsBeforeSwapBack}, each by itself. */
export async function prepareSwapBack(database: TestDatabase): Promise<void> {
  for (const statement of await statementsBeforeSwapBack()) await runAsPsql(database, statement);
}

/** Runs one statement; one that ends with `\gexec` gives the statements to run. */
export async function runAsPsql(database: TestDatabase, statement: string): Promise<void> {
  if (!statement.endsWith("\\gexec")) {
    await database.query(statement);
    return;
  }
  const rows = await database.query<Record<string, string>>(statement.replace("\\gexec", ""));
  for (const row of rows) for (const made of Object.values(row)) await database.query(made);
}
