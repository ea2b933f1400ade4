/**
 * What the text of a function says about a column, found as words and not by a parser: the languages differ, and a body
 * may build its statements from strings. Comments do not count.
 */

/** Operators of pgvector that give a distance. */
const DISTANCE = "<(?:=|-|#|\\+)>";
/** Aggregates and functions that give back the type that they get. */
const KEEPS_TYPE = "avg|sum|array_agg|any_value|coalesce|nullif|l2_normalize|subvector";

/** The body without comments. */
export function withoutComments(body: string): string {
  return body.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
}

/** Whether `name` occurs as a word of its own. */
export function mentions(code: string, name: string): boolean {
  return new RegExp(word(name), "i").test(code);
}

/** Whether statements are put together at run time. */
export function isDynamic(code: string): boolean {
  return /\bexecute\b/i.test(code);
}

/**
 * Whether a RETURN QUERY of PL/pgSQL gives out the column as it is, or all columns. It compares types and casts
 * nothing: "structure of query does not match function result type".
 */
export function returnsColumn(code: string, column: string): boolean {
  const bare = `${word(column)}(?!\\s*(?:::|\\)|[-+*/|=<>!]|(?:is|in|not|between)\\b|as\\s+(?:[\\w"]+\\.)?(?:half)?vec(?:tor)?\\b))`;
  const kept = `\\b(?:${KEEPS_TYPE})\\s*\\((?:\\s*distinct)?\\s*(?:[\\w"]+\\.)?${word(column)}(?!\\s*::)[^()]*\\)(?!\\s*::)`;
  const star = '(?:^|,)\\s*(?:[\\w"]+\\.)?\\*\\s*(?:,|$)';
  const given = new RegExp(`${bare}|${kept}|${star}`, "i");
  for (const [query] of code.matchAll(/\breturn\s+query\b[^;]*/gi)) {
    for (const [, list] of query.matchAll(/\bselect\b([\s\S]*?)(?=\bfrom\b|$)/gi)) {
      if (list !== undefined && given.test(list)) return true;
    }
  }
  return false;
}

/** Whether a distance is measured from the column cast to `type`: an index on another type does not serve that. */
export function measuresCast(code: string, column: string, type: string): boolean {
  const sized = `(?:[\\w"]+\\.)?"?${type}"?(?:\\s*\\(\\s*\\d+\\s*\\))?`;
  const name = word(column);
  const cast = `(?:${name}\\s*::\\s*${sized}|\\bcast\\s*\\(\\s*(?:[\\w"]+\\.)?${name}\\s+as\\s+${sized}\\s*\\))`;
  return new RegExp(`${cast}\\s*\\)*\\s*${DISTANCE}|${DISTANCE}\\s*\\(*\\s*(?:[\\w"]+\\.)?${cast}`, "i").test(
    code,
  );
}

/** The first of `functions` that gets the column as it is, or undefined. */
export function calledWith(code: string, column: string, functions: readonly string[]): string | undefined {
  return functions.find((name) =>
    new RegExp(`${word(name)}\\s*\\((?:[^()]*,)?\\s*(?:[\\w"]+\\.)?${word(column)}\\s*[,)]`, "i").test(code),
  );
}

/** Whether SELECT * stands anywhere: it gets one column more when the table does. */
export function selectsAll(code: string): boolean {
  return /\bselect\s+(?:[\w"]+\.)?\*/i.test(code);
}

function word(name: string): string {
  return `(?<![\\w$])"?${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}"?(?![\\w$])`;
}
