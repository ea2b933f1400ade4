import { copyFile, mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import {
  MIGRATIONS_DIRECTORY,
  type Migration,
  readMigrations,
} from "../../prisma-migrations/migration-files.ts";
import { RefusedError } from "../errors.ts";

/** The SQL of contract waits here until it is due, where no `prisma migrate deploy` comes upon it too early. */
const TEMPLATE_DIRECTORY = "prisma/contract";
const NAME = "drop_vector_backup";

/** The migration of contract among the others: from another database, or from a contract that was killed. */
export async function findContractMigration(): Promise<Migration | undefined> {
  return (await readMigrations()).find(({ name }) => name.endsWith(`_${NAME}`));
}

/**
 * Puts the migration of contract among the others, as the newest, unless it is there.
 * @param now the time that its name begins with.
 * @throws RefusedError where the directory cannot be written to.
 */
export async function ensureContractMigration(
  now: Date,
): Promise<{ migration: Migration; written: boolean }> {
  const found = await findContractMigration();
  if (found) return { migration: found, written: false };
  const time = now.toISOString().replace(/\D/g, "").slice(0, 14);
  const directory = join(MIGRATIONS_DIRECTORY, `${time}_${NAME}`);
  try {
    // Complete before it gets its name: a directory without its migration.sql is an error for Prisma.
    const draft = await mkdtemp(join(TEMPLATE_DIRECTORY, ".draft-"));
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
