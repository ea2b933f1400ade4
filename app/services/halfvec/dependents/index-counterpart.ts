/** The same index on another column, of the type `to`. */
export interface Counterpart {
  /** Everything that decides what the index can serve, so that two can be compared: without its name and options. */
  serves: string;
  /** The statement that builds it while the table is read and written. */
  create: string;
}

/** A column and the name of its type. */
export interface TypedColumn {
  name: string;
  type: string;
}

/**
 * The index of `definition` (as `pg_get_indexdef` prints it) moved from one column to another: operator classes and
 * casts go with the type. What depends on the type in another way (a function that has no form for it) stays.
 * @param name What the new index is to be called, quoted.
 */
export function counterpartOf(
  definition: string,
  from: TypedColumn,
  to: TypedColumn,
  name: string,
): Counterpart {
  const moved = withDefaultClass(definition, from.type)
    .replaceAll(new RegExp(`(?<![\\w$.])"?${escaped(from.name)}"?(?![\\w$])`, "g"), to.name)
    .replaceAll(new RegExp(`\\b${from.type}_(\\w+_ops)\\b`, "g"), `${to.type}_$1`)
    .replaceAll(new RegExp(`(::(?:[\\w"]+\\.)?)${from.type}\\b`, "g"), `$1${to.type}`);
  const create = moved.replace(
    /^CREATE (UNIQUE )?INDEX (?:"(?:[^"]|"")+"|\S+) ON (?:ONLY )?/,
    (_, unique: string | undefined) => `CREATE ${unique ?? ""}INDEX CONCURRENTLY ${name} ON `,
  );
  return { serves: servesOf(moved), create };
}

/** What an index serves, from its definition: uniqueness, method, columns, operator classes, predicate. */
export function servesOf(definition: string): string {
  const unique = definition.startsWith("CREATE UNIQUE ") ? "UNIQUE " : "";
  const [, rest = definition] = / USING (.*)$/s.exec(definition) ?? [];
  return unique + rest.replace(/ WITH \([^)]*\)/, "");
}

/** pgvector has a default class for IVFFlat on vector alone: it is not printed, and must be named on another type. */
function withDefaultClass(definition: string, type: string): string {
  return definition.replace(/ USING ivfflat \(("[^"]+"|[\w$]+)\)/, ` USING ivfflat ($1 ${type}_l2_ops)`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
