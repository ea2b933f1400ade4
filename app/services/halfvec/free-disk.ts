import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { qualified } from "./identifiers.ts";

/**
 * Bytes that the disk of the server has left. PostgreSQL has no function for it, so it can only be known where the
 * server runs on this machine and its data directory can be seen.
 * @returns null where it cannot be known, and for tables in a tablespace of their own.
 */
export async function freeDiskBytes(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<number | null> {
  const { rows } = await client.query<{ directory: string | null; started: string; tablespaces: number }>(
    `SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS directory,
            extract(epoch FROM pg_postmaster_start_time())::bigint AS started,
            (SELECT count(*)::int FROM pg_class WHERE oid = ANY ($1::regclass[]) AND reltablespace <> 0)
              + (SELECT count(*)::int FROM pg_database d JOIN pg_tablespace s ON s.oid = d.dattablespace
                 WHERE d.datname = current_database() AND s.spcname <> 'pg_default') AS tablespaces`,
    [tables.map(qualified)],
  );
  const server = rows[0];
  if (!server?.directory || server.tablespaces > 0) return null;
  if (!(await isDirectoryOf(server.directory, Number(server.started)))) return null;
  const { bavail, bsize } = await statfs(server.directory);
  return bavail * bsize;
}

/** Whether the directory on this machine is that of the server: its lock file has the server's start time. */
async function isDirectoryOf(directory: string, started: number): Promise<boolean> {
  const lockFile = await readFile(join(directory, "postmaster.pid"), "utf8").catch(() => "");
  // The third line is the start of the postmaster in seconds; the function above may be a second off.
  const [, , startedHere] = lockFile.split("\n");
  return startedHere !== undefined && startedHere !== "" && Math.abs(Number(startedHere) - started) <= 2;
}
