import { expect } from "vitest";
import type { TestDatabase } from "./test.ts";

/** Stands in the way of an index build on page_embeddings after it has made its entry in the catalog, until it is released. */
export async function holdIndexBuild(database: TestDatabase) {
  const writer = await database.connect();
  await writer.query("BEGIN");
  await writer.query(
    "UPDATE page_embeddings SET updated_at = now() WHERE id = (SELECT id FROM page_embeddings LIMIT 1)",
  );
  return {
    /** Resolves to the process id of the build on the server, once it waits. */
    waiting: async () => {
      let pid = 0;
      const look = async () => {
        const [found] = await database.query<{ pid: number }>(
          "SELECT pid FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for%'",
        );
        pid = found?.pid ?? 0;
        return pid;
      };
      await expect.poll(look, { timeout: 20_000, interval: 50 }).toBeGreaterThan(0);
      return pid;
    },
    release: () => writer.query("COMMIT"),
  };
}
