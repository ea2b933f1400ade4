import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { Change, Dependent } from "./dependent.ts";
import { type Judgement, judgeFunction } from "./judge-function.ts";

/** A function of the app whose body is text, with what decides how the column's type touches it. */
export interface TextFunction {
  /** As SQL writes it, with the types of its arguments. */
  name: string;
  kind: "function" | "procedure";
  language: string;
  body: string;
  definition: string;
  /** Whether an argument or a result (a column of it, an array of it) is of the type that the column has now. */
  takes: boolean;
  gives: boolean;
  /** The same function with the type that comes in the place of the one that goes. */
  overload: string | null;
  overload_body: string | null;
  /** What `COMMENT ON FUNCTION` says of it. */
  comment: string | null;
}

/** Words in the comment of a function by which somebody answers for it. */
const CHECKED = "halfvec: checked";

/**
 * Functions whose body is text. `$1` is the type of the column now, `$2` the type that takes its place. The results are
 * those of the signature, and the columns of a composite type where one is given back.
 */
const FUNCTIONS = `
  WITH types AS (
    SELECT t.oid AS old, t.typarray AS old_array, n.oid AS new, n.typarray AS new_array, e.oid AS extension
    FROM pg_extension e
    JOIN pg_type t ON t.typnamespace = e.extnamespace AND t.typname = $1
    JOIN pg_type n ON n.typnamespace = e.extnamespace AND n.typname = $2
    WHERE e.extname = 'vector')
  SELECT p.oid::regprocedure::text AS name, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
         l.lanname::text AS language, p.prosrc AS body, pg_get_functiondef(p.oid) AS definition,
         p.proargtypes::oid[] && ARRAY[old, old_array] AS takes,
         p.prorettype IN (old, old_array)
           OR EXISTS (SELECT FROM unnest(p.proallargtypes, p.proargmodes) AS x (type, mode)
                      WHERE x.mode IN ('t', 'o', 'b') AND x.type IN (old, old_array))
           OR EXISTS (SELECT FROM pg_type r JOIN pg_attribute ra ON ra.attrelid = r.typrelid
                      JOIN pg_class rc ON rc.oid = r.typrelid
                      WHERE r.oid = p.prorettype AND rc.relkind = 'c' AND ra.atttypid IN (old, old_array)) AS gives,
         o.oid::regprocedure::text AS overload, o.prosrc AS overload_body,
         obj_description(p.oid, 'pg_proc') AS comment
  FROM types
  CROSS JOIN pg_proc p
  JOIN pg_language l ON l.oid = p.prolang
  JOIN pg_namespace s ON s.oid = p.pronamespace
  LEFT JOIN pg_proc o ON o.proname = p.proname AND o.pronamespace = p.pronamespace AND o.oid <> p.oid
    AND o.proargtypes::oid[] = array_replace(array_replace(p.proargtypes::oid[], old, new), old_array, new_array)
  WHERE p.prokind IN ('f', 'p') AND p.prosqlbody IS NULL AND l.lanname NOT IN ('internal', 'c')
    AND s.nspname NOT IN ('pg_catalog', 'information_schema', 'halfvec_migration')
    AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  ORDER BY name`;

/**
 * Names of functions that take the type that goes and have no form for the one that comes: where they get the column,
 * the call fails. Only halfvec to vector needs an assignment; vector to halfvec is done for any argument.
 */
const WITHOUT_HALFVEC = `
  SELECT DISTINCT p.proname::text AS name
  FROM pg_extension e
  JOIN pg_type t ON t.typnamespace = e.extnamespace AND t.typname = 'vector'
  JOIN pg_type n ON n.typnamespace = e.extnamespace AND n.typname = 'halfvec'
  JOIN pg_proc p ON t.oid = ANY (p.proargtypes::oid[])
  WHERE e.extname = 'vector' AND p.prokind IN ('f', 'a')
    AND NOT EXISTS (SELECT FROM pg_proc o
                    WHERE o.proname = p.proname
                      AND o.proargtypes::oid[] = array_replace(p.proargtypes::oid[], t.oid, n.oid))
    AND NOT EXISTS (SELECT FROM pg_cast c WHERE c.castfunc = p.oid)
  ORDER BY name`;

/**
 * Functions whose text names the table. They find a column by its name, so a swap gives them the other column: most go
 * on, for PostgreSQL casts where it may.
 */
export async function findFunctions(
  client: ClientBase,
  table: EmbeddingTable,
  column: string,
  change: Change,
): Promise<Dependent[]> {
  const types = change === "rollback" ? ["halfvec", "vector"] : ["vector", "halfvec"];
  const { rows } = await client.query<TextFunction>(FUNCTIONS, types);
  const without = change === "swap" ? await client.query<{ name: string }>(WITHOUT_HALFVEC) : { rows: [] };
  const names = without.rows.map(({ name }) => name);
  return rows.flatMap((found) => {
    const judged = judgeFunction(found, table, column, change, names);
    if (judged === null) return [];
    const { kind, name, definition } = found;
    return [{ table: table.name, kind, name, ...answeredFor(found, judged), definition }];
  });
}

/** A text is read as words, which may be a false alarm: a person who has read it may say so in its comment. */
function answeredFor({ comment, name, kind }: TextFunction, judged: Judgement): Judgement {
  if (judged.effect === "told") return judged;
  if (comment?.includes(CHECKED)) {
    return { effect: "told", message: `${judged.message}. Its comment says that it was checked` };
  }
  const checked = `COMMENT ON ${kind.toUpperCase()} ${name} IS '${CHECKED}'`;
  return { effect: "breaks", message: `${judged.message}. If it is right as it is, say so: ${checked}` };
}
