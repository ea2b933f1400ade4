import type { ClientBase } from "pg";
import { type Finding, stop, warn } from "./finding.ts";

/** TID range scans, on which the conversion stands, came with PostgreSQL 14. */
const OLDEST_POSTGRESQL = 140_000;
const OLDEST_PGVECTOR = [0, 7, 0];
/** 0.8.2 closes CVE-2026-3172 (parallel HNSW build); 0.8.3 and 0.8.4 mend index damage by VACUUM. */
const ADVISED_PGVECTOR = [0, 8, 4];

/**
 * Whether this server can be migrated at all: its versions, and that it can be written to.
 * @param filled whether tables stand already, and with them the extension.
 */
export async function checkServer(client: ClientBase, filled: boolean): Promise<Finding[]> {
  const { rows } = await client.query<{
    version_number: number;
    version: string;
    pgvector: string | null;
    recovery: boolean;
  }>(
    `SELECT current_setting('server_version_num')::int AS version_number, current_setting('server_version') AS version,
            (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector,
            pg_is_in_recovery() AS recovery`,
  );
  const server = rows[0];
  if (!server) throw new Error("the server told nothing about itself");
  const findings: Finding[] = [];
  if (server.recovery) {
    findings.push(stop("this server is a standby, which cannot be written to. Connect to the primary."));
  }
  if (server.version_number < OLDEST_POSTGRESQL) {
    findings.push(stop(`PostgreSQL ${server.version} is too old: 14 or later is needed.`));
  }
  if (server.pgvector === null) {
    if (filled) {
      findings.push(
        stop(
          "the extension pgvector is not installed in this database, so it holds no embeddings. Is the URL right?",
        ),
      );
    }
  } else if (olderThan(server.pgvector, OLDEST_PGVECTOR)) {
    findings.push(
      stop(
        `pgvector ${server.pgvector} has no halfvec: 0.7.0 or later is needed. Install it on the server, then run: ALTER EXTENSION vector UPDATE`,
      ),
    );
  } else if (olderThan(server.pgvector, ADVISED_PGVECTOR)) {
    findings.push(
      warn(
        `pgvector ${server.pgvector}: 0.8.4 or later is advised (CVE-2026-3172 in parallel index builds before 0.8.2, index damage by VACUUM before 0.8.4)`,
      ),
    );
  }
  return findings;
}

function olderThan(version: string, than: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const first = than.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return first >= 0 && (parts[first] ?? 0) < (than[first] ?? 0);
}
