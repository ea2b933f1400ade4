import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { horizonHolder } from "../convert/horizon.ts";
import { planMigration, type TablePlan } from "../plan.ts";
import { pendingBaseline } from "../step-migrations.ts";
import { checkDependents } from "./check-dependents.ts";
import { checkDisk } from "./check-disk.ts";
import { checkServer } from "./check-server.ts";
import { checkTable } from "./check-table.ts";
import { type Finding, stop, stops, warn } from "./finding.ts";
import { checkRoleRights } from "./role-rights.ts";
import { checkTableRights } from "./table-rights.ts";

/** A transaction open for longer than this will be felt (seconds). */
const LONG_TRANSACTION_SECONDS = 60;

/**
 * Looks for what would stop or slow the migration. Only reads. A database with none of the tables is new: the first
 * migrations make them, and only the server and the rights are looked at.
 * @param plan asked at most once, and last: it counts the rows.
 */
export async function preflight(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  plan: () => Promise<readonly TablePlan[]> = () => planMigration(client, tables),
): Promise<Finding[]> {
  const standing = await standingTables(client, tables);
  const findings = await checkServer(client, standing.length > 0);
  // What follows asks the catalog for things that a server too old does not have.
  if (stops(findings)) return findings;
  findings.push(...(await checkRoleRights(client)), ...(await checkTableRights(client, tables, standing)));
  // What follows reads what the role may not be allowed to read.
  if (stops(findings)) return findings;
  if (standing.length === 0) {
    findings.push(warn("this database has none of the tables: they are made, empty. Is the URL right?"));
    return findings;
  }
  findings.push(...(await checkRecords(client)));
  for (const table of tables) findings.push(...(await checkTable(client, table)));
  for (const table of standing) findings.push(...(await checkDependents(client, table)));
  // What follows reads the tables as they are described.
  if (stops(findings)) return findings;
  findings.push(...(await checkDisk(client, tables, bytesAtPeak(await plan()))));
  const holder = await horizonHolder(client, LONG_TRANSACTION_SECONDS);
  if (holder) findings.push(warn(`${holder}; until it ends, updates are slow and the index build waits`));
  return findings;
}

/** Those that exist as ordinary tables. Asks by name and by no privilege: a role without USAGE gets an answer too. */
async function standingTables(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
): Promise<EmbeddingTable[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND c.relname = ANY ($1)`,
    [tables.map(({ name }) => name)],
  );
  return tables.filter(({ schema, name }) => rows.some((row) => row.schema === schema && row.name === name));
}

/** Tables that the migrations did not make need the record, or the migrations would make them again. */
async function checkRecords(client: ClientBase): Promise<Finding[]> {
  return (await pendingBaseline(client)).map((name) =>
    stop(
      `the tables are there, but the migration that makes them is not on record. Where they are as it would make them, record it: npx prisma migrate resolve --applied ${name}`,
    ),
  );
}

/** Bytes on top of today's that a run needs while both columns and both indexes stand. A forecast. */
function bytesAtPeak(plans: readonly TablePlan[]): number {
  return plans.reduce((sum, plan) => sum + plan.diskBytesForecast, 0);
}
