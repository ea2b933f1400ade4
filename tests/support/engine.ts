import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import { RefusedError } from "../../app/services/halfvec/errors.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import type { PhaseName, RollbackTarget } from "../../app/services/halfvec/phases.ts";
import { rollBack } from "../../app/services/halfvec/rollback/roll-back.ts";
import { runPhase as phaseAlone, runMigration } from "../../app/services/halfvec/run.ts";
import {
  VERIFICATION_DEFAULTS,
  type VerificationOptions,
} from "../../app/services/halfvec/verify/verify-table.ts";
import type { TestDatabase } from "./test.ts";

export interface EngineOptions {
  /** Default: all. */
  tables?: readonly EmbeddingTable[];
  verification?: Partial<VerificationOptions>;
}

/** `run --yes --until …` in this process. Resolves to what it told. */
export async function runUntil(
  database: Pick<TestDatabase, "url">,
  until: PhaseName,
  options: EngineOptions = {},
): Promise<MigrationEvent[]> {
  return withEngine(database, until, options, (connections, runOptions, report, signal) =>
    runMigration(connections, runOptions, report, signal),
  );
}

/** One phase by itself, as the command of that name does it. Resolves to what it told. */
export async function runPhase(
  database: Pick<TestDatabase, "url">,
  phase: PhaseName,
  options: EngineOptions = {},
): Promise<MigrationEvent[]> {
  return withEngine(database, phase, options, (connections, runOptions, report, signal) =>
    phaseAlone(connections, phase, runOptions, report, signal),
  );
}

/**
 * `rollback --yes --to …` in this process, without the wait for apps that read the columns.
 * @param stopAt ends it after the first event that this is true of, as Ctrl-C would.
 */
export async function goBack(
  database: Pick<TestDatabase, "url">,
  to: RollbackTarget,
  stopAt: (event: MigrationEvent) => boolean = () => false,
): Promise<MigrationEvent[]> {
  const events: MigrationEvent[] = [];
  const stop = new AbortController();
  await rollBack(
    await openConnections(database.url),
    {
      tables: EMBEDDING_TABLES,
      to,
      conversion: CONVERSION_DEFAULTS,
      handOverMs: 0,
      reconnectSeconds: 0,
      confirm: async () => true,
    },
    (event) => {
      events.push(event);
      if (stopAt(event)) stop.abort();
    },
    stop.signal,
  );
  return events;
}

/**
 * The message with which `work` refuses: what the command line ends with exit code 3.
 * @throws the error itself where it is another, and an error where `work` goes through.
 */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error("it did not refuse"),
    (reason: unknown) => reason,
  );
  if (error instanceof RefusedError) return error.message;
  throw error;
}

async function withEngine(
  database: Pick<TestDatabase, "url">,
  until: PhaseName,
  { tables = EMBEDDING_TABLES, verification }: EngineOptions,
  work: (...parameters: Parameters<typeof runMigration>) => Promise<void>,
): Promise<MigrationEvent[]> {
  const events: MigrationEvent[] = [];
  await work(
    await openConnections(database.url),
    {
      tables,
      allTables: EMBEDDING_TABLES,
      until,
      conversion: CONVERSION_DEFAULTS,
      verification: { ...VERIFICATION_DEFAULTS, queries: 20, ...verification },
      reconnectSeconds: 0,
      confirmSwap: async () => true,
    },
    (event) => events.push(event),
    new AbortController().signal,
  );
  return events;
}
