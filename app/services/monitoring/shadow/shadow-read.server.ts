import pg from "pg";
import type { Database } from "../../../db.server.ts";
import { EMBEDDED_DATABASE_URL } from "../../../embedded-database-url.ts";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { env } from "../../../env.server.ts";
import { forgetEmbeddingColumns, readEmbeddingColumns } from "../../embedding-columns.server.ts";
import type { ReadColumn } from "../../rag/read-searched-column.server.ts";
import { scanSettings } from "../../rag/scan-settings.server.ts";
import type { SearchAnswer } from "../../rag/vector-search.server.ts";
import { recordSearch } from "../latency/record-search.server.ts";
import { recorder } from "../recording/recorder.server.ts";
import { compareAnswers } from "./compare-answers.ts";
import { otherColumn } from "./other-column.ts";

/** Searches of one table on a given column. */
type Search = (column: ReadColumn, db: Database) => Promise<Pick<SearchAnswer, "hits">>;

const MOST_UNDER_WAY = 2;
const STATEMENT_TIMEOUT_MS = 2_000;

const kept = globalThis as typeof globalThis & { halfvecMigrationShadowPool?: pg.Pool };
let underWay = 0;

/**
 * Runs a share of searches (`VECTOR_SHADOW_READS`) on the other column too, where that has an index of its own, and
 * records how far the two answers agree. Returns at once: the answer does not wait for it, and a failure is only counted.
 * At most two are under way; what comes meanwhile is counted as skipped. A search that compared every row says nothing
 * about an index and has no shadow. On the embedded database, which does one thing at a time, there are none.
 *
 * @param answer what the user gets
 * @param search the same search
 */
export function readInShadow(
  table: EmbeddingTable,
  answer: Pick<SearchAnswer, "hits" | "column" | "exact">,
  search: Search,
): void {
  if (answer.exact || env.DATABASE_URL === EMBEDDED_DATABASE_URL) return;
  if (Math.random() >= env.VECTOR_SHADOW_READS) return;
  // The answer goes out first.
  setImmediate(() => void compareInShadow(table, answer, search));
}

async function compareInShadow(
  table: EmbeddingTable,
  answer: Pick<SearchAnswer, "hits" | "column">,
  search: Search,
): Promise<void> {
  const read = { table: table.name, answered: answer.column.type };
  const db = shadowPool();
  try {
    const columns = await readEmbeddingColumns(table, db);
    const column = otherColumn(columns, answer.column);
    if (column === undefined) return;
    if (underWay === MOST_UNDER_WAY) {
      recorder.recordShadowRead({ ...read, outcome: "skipped" });
      return;
    }
    underWay += 1;
    try {
      const started = performance.now();
      const other = await search({ column, sent: column, scan: scanSettings(column, columns) }, db);
      const milliseconds = performance.now() - started;
      recordSearch({ table: table.name, columnType: column.type, shadow: true, milliseconds });
      recorder.recordShadowRead({ ...read, outcome: compareAnswers(answer.hits, other.hits) });
    } finally {
      underWay -= 1;
    }
  } catch {
    // The next one looks at the columns again: they may have been swapped.
    forgetEmbeddingColumns(table, db);
    recorder.recordShadowRead({ ...read, outcome: "failed" });
  }
}

/** Connections of its own: a search of a user never waits for one that a shadow read has. */
function shadowPool(): pg.Pool {
  if (kept.halfvecMigrationShadowPool === undefined) {
    const pool = new pg.Pool({
      connectionString: env.DATABASE_URL,
      application_name: "halfvec-migration-app shadow",
      max: MOST_UNDER_WAY,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // The next query opens another one; without a listener it would end the process.
    pool.on("error", () => {});
    kept.halfvecMigrationShadowPool = pool;
  }
  return kept.halfvecMigrationShadowPool;
}
