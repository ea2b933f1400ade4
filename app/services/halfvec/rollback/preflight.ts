import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { readCatalog } from "../catalog.ts";
import { backupFilling } from "../convert/filling.ts";
import { findDependents } from "../dependents/find-dependents.ts";
import { RefusedError } from "../errors.ts";
import { hnswBytesPerRow } from "../forecast/hnsw-bytes.ts";
import { storedBytesPerRow } from "../forecast/stored-bytes.ts";
import { quoted } from "../identifiers.ts";
import type { Phase } from "../phases.ts";
import { checkDisk } from "../preflight/check-disk.ts";
import { type Finding, stop, stops, warn } from "../preflight/finding.ts";
import { checkRoleRights } from "../preflight/role-rights.ts";
import { checkTableRights } from "../preflight/table-rights.ts";
import { STEP_MIGRATIONS } from "../step-migrations.ts";
import { countEmbedded, countUnconverted } from "../unconverted.ts";
import { backupIndexes } from "../wanted-index.ts";

/** @throws RefusedError where the tables stand at no point from which there is a way back. */
export function requireWayBack(tables: readonly EmbeddingTable[], phases: readonly Phase[]): void {
  const namesAt = (wanted: Phase) =>
    tables.filter((_, index) => phases[index] === wanted).map(({ name }) => name);
  const contracted = namesAt("contracted");
  if (contracted.length > 0) {
    throw new RefusedError(
      `contract has dropped the original values of ${contracted.join(", ")}: there is nothing left to go back to. A backup of the database from before contract has them.`,
    );
  }
  const absent = namesAt("absent");
  if (absent.length > 0) {
    throw new RefusedError(
      `there is no table or no vector column in ${absent.join(", ")}. Is the URL right?`,
    );
  }
  if (phases.includes("swapped") && phases.some((phase) => phase !== "swapped")) {
    const each = tables.map(({ name }, index) => `${name} ${phases[index]}`);
    throw new RefusedError(
      `the tables do not stand at the same point (${each.join(", ")}), which no command of this tool does. Bring them there by hand, by the SQL of ${STEP_MIGRATIONS.swap}`,
    );
  }
}

/** Looks for what would stop a rollback: rights, what refers to the halfvec column, room for the indexes. Only reads. */
export async function rollbackPreflight(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  phases: readonly Phase[],
): Promise<Finding[]> {
  const findings = [...(await checkRoleRights(client)), ...(await checkTableRights(client, tables, tables))];
  // What follows reads what the role may not be allowed to read.
  if (stops(findings)) return findings;
  let neededBytes = 0;
  for (const [index, table] of tables.entries()) {
    const swapped = phases[index] === "swapped";
    const column = swapped ? table.column : table.twin;
    for (const { effect, message } of await findDependents(client, table, column, "rollback")) {
      findings.push(effect === "breaks" ? stop(message, table.name) : warn(message, table.name));
    }
    if (!swapped) continue;
    findings.push(...(await takenNames(client, table)));
    neededBytes += await bytesToGoBack(client, table);
  }
  return [...findings, ...(await checkDisk(client, tables, neededBytes))];
}

/** Names of indexes to build that other indexes have. */
async function takenNames(client: ClientBase, table: EmbeddingTable): Promise<Finding[]> {
  const { indexes } = await readCatalog(client, table);
  const wanted = await backupIndexes(client, table);
  const taken = indexes.filter(
    ({ name, column }) =>
      column !== null && column !== table.backup && wanted.some((index) => index.name === name),
  );
  return taken.map(({ name, column }) =>
    stop(
      `a rollback builds the index ${name} again, and an index on ${column} has that name. Give it another: ALTER INDEX ${quoted(table.schema)}.${quoted(name)} RENAME TO …`,
      table.name,
    ),
  );
}

/** What the values that are missing and the vector index will take, where it does not stand yet. A forecast. */
async function bytesToGoBack(client: ClientBase, table: EmbeddingTable): Promise<number> {
  const { indexes } = await readCatalog(client, table);
  const missing = await countUnconverted(client, backupFilling(table));
  const indexed = indexes.some(({ column, valid }) => column === table.backup && valid);
  const toIndex = indexed ? 0 : await countEmbedded(client, table);
  return (
    missing * storedBytesPerRow("vector", table.dimensions) +
    toIndex * hnswBytesPerRow("vector", table.dimensions, table.hnsw.m)
  );
}
