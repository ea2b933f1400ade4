import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { isGoingBack, readCatalog } from "../catalog.ts";
import { findDependents } from "../dependents/find-dependents.ts";
import { RefusedError } from "../errors.ts";
import { plural } from "../plural.ts";
import { stopOn } from "../preflight/finding.ts";
import { checkRoleRights } from "../preflight/role-rights.ts";
import { checkTableRights } from "../preflight/table-rights.ts";
import { readSettings } from "../settings.ts";

/** How long the originals are kept after the swap, unless told otherwise. */
export const CONTRACT_AFTER_DAYS = 30;

/**
 * What contract asks for before it looks at any row: every table swapped, no rollback begun, the time passed, and nothing
 * that refers to a backup. The migration's own guards say the last word.
 *
 * @param afterDays days since the swap.
 * @throws RefusedError that names everything that is in the way.
 */
export async function requireReadiness(
  client: ClientBase,
  tables: readonly EmbeddingTable[],
  afterDays: number,
): Promise<void> {
  const rights = [
    ...(await checkRoleRights(client)),
    ...(await checkTableRights(client, tables, tables, ["USAGE"])),
  ];
  stopOn(rights, () => undefined);
  const findings: string[] = [];
  const swapped: EmbeddingTable[] = [];
  for (const table of tables) {
    const catalog = await readCatalog(client, table);
    if (catalog.phase === "absent") {
      findings.push(
        `there is no table ${table.name} with an embedding of ${table.dimensions} dimensions in this database. Look whether DATABASE_URL leads to the right one`,
      );
    } else if (catalog.phase !== "swapped") {
      findings.push(
        `${table.name} is not swapped (it is ${catalog.phase}). First run: npm run migrate:halfvec`,
      );
    } else if (isGoingBack(catalog)) {
      findings.push(
        `a rollback of ${table.name} has begun. Finish it (npm run migrate:halfvec -- rollback), or go forward again: npm run migrate:halfvec`,
      );
    }
    if (catalog.phase === "swapped") swapped.push(table);
  }
  if (findings.length === 0) findings.push(...(await tooEarly(client, afterDays)));
  for (const table of swapped) {
    const dependents = await findDependents(client, table, table.backup, "contract");
    findings.push(...dependents.filter(({ effect }) => effect === "breaks").map(({ message }) => message));
  }
  if (findings.length > 0) {
    throw new RefusedError(`not ready for contract; nothing was changed.\n${findings.join("\n")}`);
  }
}

async function tooEarly(client: ClientBase, afterDays: number): Promise<string[]> {
  if (afterDays === 0) return [];
  const { swappedAt } = await readSettings(client);
  if (swappedAt === null) {
    return ["the time of the swap is not on record. If it was long enough ago, add: --after-days 0"];
  }
  const { rows } = await client.query<{ days: number }>(
    "SELECT extract(epoch FROM now() - $1::timestamptz)::float8 / 86400 AS days",
    [swappedAt],
  );
  const days = rows[0]?.days ?? 0;
  if (days >= afterDays) return [];
  const due = new Date(swappedAt.getTime() + afterDays * 86_400_000).toISOString().slice(0, 10);
  return [
    `the swap was ${days < 1 ? "less than a day" : inDays(Math.floor(days))} ago (${swappedAt.toISOString().slice(0, 16).replace("T", " ")} UTC); contract waits ${inDays(afterDays)}, until ${due}, because a rollback brings every original back as long as they are there. To change that: --after-days N`,
  ];
}

function inDays(days: number): string {
  return `${days} ${plural(days, "day")}`;
}
