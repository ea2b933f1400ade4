import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Change, Dependent } from "./dependent.ts";
import {
  calledWith,
  isDynamic,
  measuresCast,
  mentions,
  returnsColumn,
  selectsAll,
  withoutComments,
} from "./function-body.ts";
import type { TextFunction } from "./functions.ts";

/** What a change does to a function, and the line that says so. */
export type Judgement = Pick<Dependent, "effect" | "message">;

/**
 * What `change` means for a function whose body is text, or null where it means nothing.
 * @param withoutHalfvec Functions that take a vector and have no form for halfvec.
 */
export function judgeFunction(
  found: TextFunction,
  table: EmbeddingTable,
  column: string,
  change: Change,
  withoutHalfvec: readonly string[],
): Judgement | null {
  const code = withoutComments(found.body);
  const named = `${found.kind} ${found.name}`;
  if (!mentions(code, table.name)) {
    const overloaded =
      found.overload_body !== null && mentions(withoutComments(found.overload_body), table.name);
    return overloaded && change === "swap" ? told(`${named} is left behind. ${overloadAdvice(found)}`) : null;
  }
  if (change === "contract" || (change === "rollback" && column !== table.column)) {
    return mentions(code, column) ? nameGoes(found, named, table, column, change) : null;
  }
  const [from, to] = change === "swap" ? (["vector", "halfvec"] as const) : (["halfvec", "vector"] as const);
  const cast = `${column}::${from}(${table.dimensions})`;
  if (change === "swap" && mentions(code, table.twin) && !isDynamic(code)) {
    return breaks(
      `${named} names ${table.twin}, which is called ${column} after the swap. Let it read ${column}, which searches by index before and after, or write it with BEGIN ATOMIC, which follows the column`,
    );
  }
  if (found.language === "plpgsql" && found.gives && returnsColumn(code, column)) {
    return breaks(
      `${named} returns ${table.name}.${column} as ${from} with RETURN QUERY, which fails when it is ${to}. Write ${cast} there now: it is right before and after the ${change}`,
    );
  }
  if (measuresCast(code, column, from)) {
    return breaks(
      `${named} measures distances from ${column} cast to ${from}: no index would serve that after the ${change}. Take the cast from the column now (the index serves that before and after), and cast the other side`,
    );
  }
  const called = calledWith(code, column, withoutHalfvec);
  if (called !== undefined) {
    return breaks(
      `${named} calls ${called} with ${table.name}.${column}, which has no form for halfvec. Write ${called}(${cast}) there now: it is right before and after the swap`,
    );
  }
  return onlyTold(found, named, code, table, column, from, to);
}

function nameGoes(
  { name, kind }: TextFunction,
  named: string,
  table: EmbeddingTable,
  column: string,
  change: Change,
): Judgement {
  return breaks(
    `${named} names ${column} of ${table.name}, which the ${change} drops. Let it read ${table.column}, or run: DROP ${kind.toUpperCase()} ${name}`,
  );
}

function onlyTold(
  found: TextFunction,
  named: string,
  code: string,
  table: EmbeddingTable,
  column: string,
  from: string,
  to: string,
): Judgement | null {
  const notes: string[] = [];
  if (found.takes) notes.push(`takes ${from}, and goes on: the argument is cast to ${to}`);
  else if (found.gives && mentions(code, column))
    notes.push(`gives ${from}, and goes on: the value is cast from ${to}`);
  if (from === "vector") {
    for (const other of [table.twin, table.backup]) {
      if (mentions(code, other)) notes.push(`names ${other}, a column that the migration makes and renames`);
    }
    if (selectsAll(code)) notes.push(`selects * and gets ${table.twin} too from expand on`);
  }
  if (found.overload !== null) notes.push(`is left behind. ${overloadAdvice(found)}`);
  if (notes.length === 0) return null;
  return told(`${named} names ${table.name}. It ${notes.join("; it ")}`);
}

/** A call with an argument of unknown type (a parameter, a literal) cannot choose between the two. */
function overloadAdvice({ name, kind, overload }: TextFunction): string {
  return `Beside ${overload} an untyped argument is ambiguous. When no caller casts to its type any more: DROP ${kind.toUpperCase()} ${name}`;
}

function breaks(message: string): Judgement {
  return { effect: "breaks", message };
}

function told(message: string): Judgement {
  return { effect: "told", message };
}
