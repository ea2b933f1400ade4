import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { findDependents } from "../dependents/find-dependents.ts";
import type { Phase } from "../phases.ts";
import type { Finding } from "./finding.ts";

/** Phases in which the swap is still to come. */
const BEFORE_THE_SWAP: readonly Phase[] = ["baseline", "expanded", "indexed"];

/** What else refers to the column: what the swap would break stops, the rest is told. Nothing after the swap. */
export async function checkDependents(client: ClientBase, table: EmbeddingTable): Promise<Finding[]> {
  const { phase } = await readCatalog(client, table);
  if (!BEFORE_THE_SWAP.includes(phase)) return [];
  const dependents = await findDependents(client, table, table.column, "swap");
  return dependents.map(({ effect, message }) => ({
    level: effect === "breaks" ? "stop" : "warn",
    table: table.name,
    message,
  }));
}
