import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { literal, qualified } from "../identifiers.ts";
import type { CatalogDependent } from "./catalog-dependents.ts";
import type { Change } from "./dependent.ts";

/** Longer definitions would bury the other findings. */
const SHOWN_CHARACTERS = 240;

/** One line: what the object is, what `change` would do to it, and what to run against that. */
export function remedyFor(
  object: CatalogDependent,
  table: EmbeddingTable,
  column: string,
  change: Change,
): string {
  return `${fateOf(object, table, column, change)}. ${cure(object, table, change)}`.replaceAll(/\s+/g, " ");
}

function fateOf(
  { kind, name, owner }: CatalogDependent,
  table: EmbeddingTable,
  column: string,
  change: Change,
): string {
  const place = `${table.name}.${column}`;
  if (kind === "default" || kind === "generation") {
    const fate = change === "swap" ? `stays with it when it becomes ${table.backup}` : "goes with it";
    return `the ${kind} of ${place} ${fate}`;
  }
  const called = `${kind} ${name}${owner ? ` of ${owner}` : ""}`;
  switch (change) {
    case "swap":
      return `${called} refers to ${place} and would follow it to the backup, which new rows leave empty`;
    case "contract":
      return `${called} still refers to ${place}, which contract drops`;
    case "rollback":
      return `${called} refers to ${place}, which the rollback drops`;
  }
}

function cure(object: CatalogDependent, table: EmbeddingTable, change: Change): string {
  const { kind, name, owner, definition } = object;
  const again = `${afterwards(table, change)}${shown(definition, change)}`;
  switch (kind) {
    case "view":
    case "materialized view":
      return `Keep what SELECT pg_get_viewdef(${literal(name)}::regclass) says, then run: DROP ${kind.toUpperCase()} ${[name, ...object.above].join(", ")}${object.above.length > 0 ? ` (${object.above.join(", ")} stand on it)` : ""}; ${afterwards(table, change)}, with its grants`;
    case "rule":
    case "trigger":
      return `Run: DROP ${kind.toUpperCase()} ${name} ON ${owner}; ${again}`;
    case "constraint":
      return `Run: ALTER TABLE ${owner} DROP CONSTRAINT ${name}; ${again}`;
    case "generated column":
      return `Run: ALTER TABLE ${owner} DROP COLUMN ${name}; ${again}`;
    case "generation":
      return `A column that the database computes cannot be moved. Run: ALTER TABLE ${owner} ALTER COLUMN ${name} DROP EXPRESSION, and let a trigger fill it`;
    case "default":
      return `Run: ALTER TABLE ${owner} ALTER COLUMN ${name} DROP DEFAULT; ${again}`;
    case "policy":
      return `Take the column out of it now (ALTER POLICY ${name} ON ${owner}), or drop it; ${again}`;
    case "statistics":
      return `After ${titleOf(change)} run: DROP STATISTICS IF EXISTS ${name}; ${again}`;
    case "function":
      return change === "contract"
        ? `Let it read ${table.column}, or run: DROP FUNCTION ${name}`
        : `Write its body as text (AS $$ ... $$), which finds a column by its name: CREATE OR REPLACE FUNCTION ${name}`;
    case "publication":
      return `Run: ALTER PUBLICATION ${name} DROP TABLE ${qualified(table)}; after ${titleOf(change)} add the table again with the columns that it has then, which its subscribers need too`;
    default:
      return `Drop it or change it; ${again}`;
  }
}

function titleOf(change: Change): string {
  return change === "contract" ? "contract" : `the ${change}`;
}

function afterwards(table: EmbeddingTable, change: Change): string {
  return change === "contract"
    ? `where it is needed, make it again on ${table.column}`
    : `make it again after ${titleOf(change)}`;
}

/**
 * The statement that makes it again. After a contract it would name a column that is gone. The norm has another name
 * for halfvec than for vector.
 */
function shown(definition: string | null, change: Change): string {
  if (definition === null || change === "contract" || definition.length > SHOWN_CHARACTERS) return "";
  const fitting = change === "swap" ? definition.replaceAll("vector_norm(", "l2_norm(") : definition;
  return `: ${fitting.trim().replace(/;$/, "")}`;
}
