import type pg from "pg";
import type { Database } from "../../app/db.server.ts";

/** What the planner chose for one statement. */
export interface StatementPlan {
  /** Indexes that the plan reads. */
  indexes: string[];
  /** Tables that it reads from end to end. */
  scanned: string[];
}

/**
 * The pool as the app uses it, which also asks the planner about each statement that `explained` picks, just before it
 * runs, with the same parameters. An error of the planner is the error of the query, as the app would meet it.
 */
export function explainingDatabase(
  pool: pg.Pool,
  explained: (text: string) => boolean,
  onPlan: (plan: StatementPlan) => void,
): Database {
  const query = async (text: string, values?: unknown[]) => {
    if (explained(text)) onPlan(await planOf(pool, text, values ?? []));
    return pool.query(text, values);
  };
  return { query: query as pg.Pool["query"] };
}

/** Asks the planner about a statement, without running it. */
export async function planOf(
  pool: Pick<pg.Client, "query">,
  text: string,
  values: unknown[],
): Promise<StatementPlan> {
  const { rows } = await pool.query<{ "QUERY PLAN": unknown }>(`EXPLAIN (FORMAT JSON) ${text}`, values);
  const plan: StatementPlan = { indexes: [], scanned: [] };
  collect(rows[0]?.["QUERY PLAN"], plan);
  return plan;
}

function collect(part: unknown, plan: StatementPlan): void {
  if (typeof part !== "object" || part === null) return;
  if ("Index Name" in part) plan.indexes.push(String(part["Index Name"]));
  if ("Node Type" in part && part["Node Type"] === "Seq Scan" && "Relation Name" in part) {
    plan.scanned.push(String(part["Relation Name"]));
  }
  for (const inner of Object.values(part)) collect(inner, plan);
}
