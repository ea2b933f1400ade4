import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Relative to the working directory, which is the project's for every npm script. */
export const MIGRATIONS_DIRECTORY = "prisma/migrations";

export interface Migration {
  /** The directory's name, with which Prisma records it: `20261101000000_init`. */
  name: string;
  /** Of `migration.sql`. */
  path: string;
  sql: string;
  /** SHA-256 of the file in hexadecimal, as Prisma computes it. */
  checksum: string;
}

/** Reads the migrations of a directory in the order in which Prisma applies them. */
export async function readMigrations(dir: string = MIGRATIONS_DIRECTORY): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  names.sort((a, b) => a.localeCompare(b));
  return Promise.all(
    names.map(async (name) => {
      const path = join(dir, name, "migration.sql");
      const sql = await readFile(path, "utf8");
      return { name, path, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Finds a migration by its whole name or by what follows the timestamp (`init` for `20261101000000_init`).
 * Throws an error that lists the names when there is none, or more than one.
 */
export function findMigration(migrations: readonly Migration[], name: string): Migration {
  const found = migrations.filter((migration) => migration.name === name || titleOf(migration) === name);
  const [migration] = found;
  if (migration && found.length === 1) return migration;
  const names = migrations.map((candidate) => `  ${candidate.name}`).join("\n");
  throw new Error(
    `${found.length === 0 ? "No" : "More than one"} migration is called "${name}". There are:\n${names}`,
  );
}

function titleOf({ name }: Migration): string {
  return name.replace(/^\d+_/, "");
}
