import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { freeDiskBytes } from "../free-disk.ts";
import { type Finding, stop } from "./finding.ts";

/**
 * Stops where the disk of the server has less room than will be needed, as far as that can be known.
 * @param neededBytes on top of what is there now, at the peak. A forecast.
 */
export async function checkDisk(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  neededBytes: number,
): Promise<Finding[]> {
  const freeBytes = await freeDiskBytes(client, tables);
  if (freeBytes === null || freeBytes >= neededBytes) return [];
  const [needed, free] = [neededBytes, freeBytes].map((bytes) => `${Math.round(bytes / 2 ** 20)} MB`);
  return [
    stop(
      `about ${needed} more are needed at the peak (a forecast), and the disk of the server has ${free} free. Make room first.`,
    ),
  ];
}
