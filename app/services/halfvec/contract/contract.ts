import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Connections } from "../connections.ts";
import { throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { measureBytes, type TableBytes } from "../table-bytes.ts";
import { havingTurnAlone } from "../turn.ts";
import {
  areDropped,
  countOriginals,
  type DropOptions,
  dropOriginals,
  requireGreen,
  settleContract,
} from "./drop-originals.ts";
import { requireReadiness } from "./readiness.ts";
import {
  agreeToReclaim,
  forecastRewrites,
  type Reclaim,
  type ReclaimOptions,
  type RewriteForecast,
  reclaimSpace,
  requireMeans,
} from "./reclaim.ts";

export interface ContractOptions extends DropOptions, ReclaimOptions {
  /** How long to wait for a server that went away, in seconds. */
  reconnectSeconds: number;
  /** Asked before the originals are dropped, with how many there are. False leaves them. */
  confirmDrop: (originals: number) => Promise<boolean>;
}

/** What was measured before the originals were dropped, and after the space was returned. */
export interface Contracted {
  tables: { table: string; before: TableBytes; after: TableBytes }[];
  /** How the space was returned; `none` also where nobody agreed. */
  reclaimed: Reclaim;
}

/**
 * Drops the original values, the triggers and the bookkeeping, and returns the space. From here on there is no way back.
 * Where the originals are gone already it only returns the space. Killed at any moment, the next call goes on.
 *
 * Works in two turns, and asks between them: while a person thinks, a rollback can go through. What it changed is seen
 * by the second.
 *
 * @returns null where nobody agreed.
 * @throws RefusedError before the time, while verify is not green, while anything refers to the backup, or where
 *   the means to return the space are missing; nothing was dropped then.
 * @throws InterruptedError when `signal` is aborted.
 */
export async function contract(
  connections: Connections,
  options: ContractOptions,
  report: Report,
  signal: AbortSignal,
): Promise<Contracted | null> {
  const { tables } = options;
  const inTurn = <Result>(work: (report: Report, signal: AbortSignal) => Promise<Result>): Promise<Result> =>
    havingTurnAlone(connections, { seconds: options.reconnectSeconds }, report, signal, work);
  const { before, forecasts, originals } = await inTurn((heard, turn) =>
    prepare(connections, options, heard, turn),
  );
  const reclaim = await agreeToReclaim(options, forecasts);
  if (originals !== null && !(await options.confirmDrop(originals))) return null;
  throwIfAborted(signal);
  await inTurn(async (heard, turn) => {
    if (await areDropped(connections, tables)) {
      await settleContract(connections, heard);
    } else {
      await connections.use("contract", (client) => requireReadiness(client, tables, options.afterDays));
      await dropOriginals(connections, options, heard, turn);
    }
    await reclaimSpace(connections, { ...options, reclaim }, heard, turn);
  });
  const after = await measure(connections, tables);
  return {
    reclaimed: reclaim,
    tables: tables.map(({ name }, index) => ({
      table: name,
      before: before[index] as TableBytes,
      after: after[index] as TableBytes,
    })),
  };
}

/** What is found out before anybody is asked. */
interface Prepared {
  before: TableBytes[];
  forecasts: RewriteForecast[];
  /** How many originals there are to drop; null where they are gone already. */
  originals: number | null;
}

/** Looks whether contract would go through, verify included. Nothing is dropped. */
async function prepare(
  connections: Connections,
  options: ContractOptions,
  report: Report,
  signal: AbortSignal,
): Promise<Prepared> {
  const { tables } = options;
  const gone = await areDropped(connections, tables);
  if (!gone) {
    await connections.use("contract", (client) => requireReadiness(client, tables, options.afterDays));
  }
  await requireMeans(connections, options, report);
  const before = await measure(connections, tables);
  if (!gone) {
    for (const table of tables) await requireGreen(connections, table, options, report, signal);
  }
  const forecasts = await forecastRewrites(connections, options);
  return { before, forecasts, originals: gone ? null : await countOriginals(connections, tables) };
}

function measure(connections: Connections, tables: readonly EmbeddingTable[]): Promise<TableBytes[]> {
  return connections.use("contract", async (client) => {
    const measured: TableBytes[] = [];
    for (const table of tables) measured.push(await measureBytes(client, table));
    return measured;
  });
}
