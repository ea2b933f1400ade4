import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { finished, startPrisma } from "./cli.ts";

const SCHEMA = 'datasource db {\n  provider = "postgresql"\n}\n\nmodel t {\n  id Int @id\n}\n';

export interface MigrationProject {
  /** The directory of the migrations. */
  migrations: string;
  /** Writes one migration's SQL, over what is there. */
  write(name: string, sql: string): Promise<void>;
  /** Runs Prisma's CLI on it with the schema engine of this repository. */
  prisma(databaseUrl: string, ...args: string[]): Promise<{ code: number | null; output: string }>;
}

/** A directory with migrations of its own, given as SQL by their names; it goes when the test has finished. */
export async function createMigrationProject(sqlByName: Record<string, string>): Promise<MigrationProject> {
  const root = await mkdtemp(join(tmpdir(), "migration-project-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const migrations = join(root, "migrations");
  const config = join(root, "prisma.config.mjs");
  const write = async (name: string, sql: string) => {
    await mkdir(join(migrations, name), { recursive: true });
    await writeFile(join(migrations, name, "migration.sql"), sql);
  };
  for (const [name, sql] of Object.entries(sqlByName)) await write(name, sql);
  await writeFile(join(migrations, "migration_lock.toml"), 'provider = "postgresql"\n');
  await writeFile(join(root, "schema.prisma"), SCHEMA);
  await writeFile(
    config,
    `export default {
  schema: ${JSON.stringify(join(root, "schema.prisma"))},
  migrations: { path: ${JSON.stringify(migrations)} },
  datasource: { url: process.env.DATABASE_URL },
};\n`,
  );
  return {
    migrations,
    write,
    prisma: async (databaseUrl, ...args) => {
      const env = { PRISMA_SCHEMA_ENGINE_BINARY: resolve("prisma/schema-engine/schema-engine.mjs") };
      const run = await finished(startPrisma({ args: [...args, "--config", config], databaseUrl, env }));
      return { code: run.code, output: run.stdout + run.stderr };
    },
  };
}
