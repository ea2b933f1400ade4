import { finished, startPrisma } from "./cli.ts";
import type { TestDatabase } from "./test.ts";

/**
 * Runs `npx prisma migrate …args` to its end.
 * @param cwd the directory of the project, or of a copy of it.
 */
export async function prismaMigrate(
  database: TestDatabase,
  args: readonly string[],
  cwd?: string,
): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await finished(
    startPrisma({
      args: ["migrate", ...args],
      databaseUrl: database.url,
      ...(cwd === undefined ? {} : { cwd }),
    }),
  );
  return { code, output: stdout + stderr };
}

/** Whether `prisma migrate status` finds nothing to do and nothing broken. */
export async function prismaIsUpToDate(database: TestDatabase, cwd?: string): Promise<boolean> {
  const { code, output } = await prismaMigrate(database, ["status"], cwd);
  return code === 0 && output.includes("Database schema is up to date!");
}
