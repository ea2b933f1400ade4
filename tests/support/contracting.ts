import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { filled, moved } from "./migration-states.ts";

/** 60 pages and 20 documents after the swap, which was just now. */
export const SWAPPED = moved(filled(60, 20), "swap");

/** The command line that contracts all the same. */
export const AT_ONCE = ["contract", "--after-days", "0", "--yes"];

/** The names of the migrations that `contract` has written into a working copy. */
export async function contractMigrations(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, "prisma/migrations"));
  return names.filter((name) => name.endsWith("_drop_vector_backup"));
}
