import { EMBEDDING_TABLES } from "../../../embedding-tables.ts";
import { env } from "../../../env.server.ts";
import { openConnections } from "../../halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../halfvec/convert/options.ts";
import type { MigrationEvent } from "../../halfvec/events.ts";
import { runPhase } from "../../halfvec/run.ts";
import { VERIFICATION_DEFAULTS } from "../../halfvec/verify/verify-table.ts";
import type { VerifyProgress } from "../vector-metrics.ts";

/** How long it waits for a server that went away, in seconds. */
const RECONNECT_SECONDS = 30;

// The development server loads this module again on every change: the run outlives it.
const kept = globalThis as typeof globalThis & { vectorVerify?: VerifyProgress | null };

/** The verify that this process runs now, or null. */
export function verifyInProgress(): VerifyProgress | null {
  return kept.vectorVerify ?? null;
}

/**
 * Verifies every table as `npm run migrate:halfvec -- verify` does.
 * @returns how it ended, in words.
 * @throws RefusedError where a check is not green; InterruptedError when `signal` is aborted.
 */
export async function verifyAll(by: string, signal: AbortSignal): Promise<string> {
  kept.vectorVerify = {
    by,
    startedAt: new Date().toISOString(),
    table: null,
    step: null,
    done: 0,
    total: 0,
  };
  const green: string[] = [];
  const report = (event: MigrationEvent) => {
    if (event.event === "verify" && kept.vectorVerify) {
      const { table, step, done, total } = event;
      kept.vectorVerify = { ...kept.vectorVerify, table, step, done, total };
    }
    if (event.event === "verified" && event.ok) green.push(event.table);
  };
  try {
    const options = {
      tables: EMBEDDING_TABLES,
      allTables: EMBEDDING_TABLES,
      until: "verify",
      conversion: CONVERSION_DEFAULTS,
      verification: { ...VERIFICATION_DEFAULTS, efSearch: env.HNSW_EF_SEARCH },
      reconnectSeconds: RECONNECT_SECONDS,
      confirmSwap: async () => false,
    } as const;
    await runPhase(await openConnections(env.DATABASE_URL), "verify", options, report, signal);
    return `green: ${green.join(", ")}`;
  } finally {
    kept.vectorVerify = null;
  }
}
