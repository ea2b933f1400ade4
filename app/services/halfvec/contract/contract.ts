import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Connections } from "../connections.ts";
import type { Report } from "../events.ts";
import { once } from "../once.ts";
import { havingTurnAlone } from "../turn.ts";
import { areDropped, type DropOptions, dropOriginals, settleContract } from "./drop-originals.ts";
import { requireReadiness } from "./readiness.ts";
import { agreeToReclaim, type Reclaim, type ReclaimOptions, reclaimSpace, requireMeans } from "./reclaim.ts";
import { measureBytes, type TableBytes } from "./table-bytes.ts";

export interface ContractOptions extends DropOptions, ReclaimOptions {
  /** How long to wait for a server that went away, in seconds. */
  reconnectSeconds: number;
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
  const inTurn = <Result>(work: (report: Report) => Promise<Result>): Promise<Result> =>
    havingTurnAlone(connections, { seconds: options.reconnectSeconds }, report, signal, work);
  const { tables } = options;
  const asked = {
    ...options,
    confirmDrop: once(options.confirmDrop),
    confirmRewrite: once(options.confirmRewrite),
  };
  const found: { before?: TableBytes[]; reclaim?: Reclaim } = {};
  const measureBefore = async () => {
    found.before ??= await measure(connections, tables);
    return found.before;
  };
  const agree = async () => {
    found.reclaim ??= await agreeToReclaim(connections, asked);
    return found.reclaim;
  };
  const dropped = await inTurn(async (heard) => {
    const gone = await areDropped(connections, tables);
    if (!gone) {
      await connections.use("contract", (client) => requireReadiness(client, tables, options.afterDays));
    }
    await requireMeans(connections, options, heard);
    await measureBefore();
    if (!gone) return dropOriginals(connections, asked, agree, heard, signal);
    await settleContract(connections, heard);
    return true;
  });
  if (!dropped) return null;
  const before = await measureBefore();
  const reclaimed = await inTurn(async (heard) => {
    const reclaim = await agree();
    await reclaimSpace(connections, { ...options, reclaim }, heard, signal);
    return reclaim;
  });
  const after = await measure(connections, tables);
  return {
    reclaimed,
    tables: tables.map(({ name }, index) => ({
      table: name,
      before: before[index] as TableBytes,
      after: after[index] as TableBytes,
    })),
  };
}

function measure(connections: Connections, tables: readonly EmbeddingTable[]): Promise<TableBytes[]> {
  return connections.use("contract", async (client) => {
    const measured: TableBytes[] = [];
    for (const table of tables) measured.push(await measureBytes(client, table));
    return measured;
  });
}
