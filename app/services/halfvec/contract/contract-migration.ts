import { copyFile, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import {
  MIGRATIONS_DIRECTORY,
  type Migration,
  readMigrations,
} from "../../prisma-migrations/migration-files.ts";
import { RefusedError } from "../errors.ts";

/** The SQL of contract waits here until it is due, where no `prisma migrate deploy` comes upon it too early. */
const TEMPLATE_DIRECTORY = "prisma/contract";
const DRAFT = ".draft-";
const NAME = "drop_vector_backup";

/** The migration of contract among the others: from another database, or from a contract that was killed. */
export async function findContractMigration(): Promise<Migration | undefined> {
  return (await readMigrations()).find(({ name }) => name.endsWith(`_${NAME}`));
}

/**
 * The name under which this database has the migration of contract on record as applied, or undefined. Its file may have
 * been lost: written in a container, and never committed.
 */
export async function recordedContractName(client: ClientBase): Promise<string | undefined> {
  const there = await client.query("SELECT FROM pg_class WHERE oid = to_regclass('_prisma_migrations')");
  if (there.rowCount === 0) return undefined;
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL AND migration_name ~ $1
     ORDER BY started_at DESC LIMIT 1`,
    [`^\\d{14}_${NAME}$`],
  );
  return rows[0]?.name;
}

/**
 * Puts the migration of contract among the others, as the newest, unless it is there.
 * @param now the time that its name begins with; where the newest of the others is not older, the second after that one.
 * @param recordedName its name where the database has it on record already.
 * @throws RefusedError where the directory cannot be written to.
 */
export async function ensureContractMigration(
  now: Date,
  recordedName?: string,
): Promise<{ migration: Migration; written: boolean }> {
  const found = await findContractMigration();
  if (found) return { migration: found, written: false };
  const name = recordedName ?? `${await timeOfNewest(now)}_${NAME}`;
  const directory = join(MIGRATIONS_DIRECTORY, name);
  try {
    await removeDrafts();
    // Complete before it gets its name: a directory without its migration.sql is an error for Prisma.
    const draft = await mkdtemp(join(TEMPLATE_DIRECTORY, DRAFT));
    for (const file of ["migration.sql", "down.sql"]) {
      await copyFile(join(TEMPLATE_DIRECTORY, file), join(draft, file));
    }
    await rename(draft, directory);
  } catch (error) {
    throw new RefusedError(
      `the migration of contract could not be put into ${directory} (${error instanceof Error ? error.message : error}). Nothing was dropped. Run contract from a working copy of the project, where the new migration can be committed.`,
    );
  }
  const written = await findContractMigration();
  if (!written) throw new Error(`${directory} was written and is not found`);
  return { migration: written, written: true };
}

/** What a contract left that was killed before its migration had a name. */
async function removeDrafts(): Promise<void> {
  for (const name of await readdir(TEMPLATE_DIRECTORY)) {
    if (name.startsWith(DRAFT)) await rm(join(TEMPLATE_DIRECTORY, name), { recursive: true });
  }
}

/** The time, as names of migrations begin, at which a migration comes after all others also where our clock is slow. */
async function timeOfNewest(now: Date): Promise<string> {
  const last = (await readMigrations()).at(-1)?.name ?? "";
  const [, date, hours, minutes, seconds] = /^(\d{8})(\d\d)(\d\d)(\d\d)_/.exec(last) ?? [];
  const day = date?.replace(/(\d{4})(\d\d)(\d\d)/, "$1-$2-$3");
  const after = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`) + 1000;
  const time = new Date(Math.max(now.getTime(), Number.isNaN(after) ? 0 : after));
  return time.toISOString().replace(/\D/g, "").slice(0, 14);
}
