import type { ClientBase } from "pg";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { columnType, type TableCatalog } from "../catalog.ts";
import { qualified, quoted } from "../identifiers.ts";
import { compactIndexName } from "../wanted-index.ts";
import type { Change, Dependent } from "./dependent.ts";
import { type Counterpart, counterpartOf, servesOf, type TypedColumn } from "./index-counterpart.ts";

/** Bytes of an identifier, less what a name of ours adds. */
const NAME_LENGTH = 63 - "_halfvec".length;

interface ReferringIndex {
  /** As SQL writes it, and by itself. */
  name: string;
  relname: string;
  definition: string;
  valid: boolean;
  /** Whether it is an HNSW or IVFFlat index of which the column is the key: the swap drops it. */
  approximate: boolean;
  /** Whether it covers the column alone, and every row. */
  whole: boolean;
  operator_class: string;
  /** Whether it refers to the column in question: the others may be its counterparts. */
  refers: boolean;
}

const INDEXES = `
  SELECT i.indexrelid::regclass::text AS name, ic.relname::text AS relname, pg_get_indexdef(i.indexrelid) AS definition,
         i.indisvalid AS valid, m.amname IN ('hnsw', 'ivfflat') AND i.indkey[0] = a.attnum AS approximate,
         i.indnatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL AS whole, o.opcname::text AS operator_class,
         EXISTS (SELECT FROM pg_depend d
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.objsubid = 0
                   AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)
           AS refers
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_am m ON m.oid = ic.relam
  JOIN pg_opclass o ON o.oid = i.indclass[0]
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = $2
  WHERE i.indrelid = $1::regclass
  ORDER BY ic.relname`;

/** Indexes that use the column as key, in an expression or in a predicate, but for the one that the migration replaces. */
export async function findIndexes(
  client: ClientBase,
  table: EmbeddingTable,
  catalog: TableCatalog,
  column: string,
  change: Change,
): Promise<Dependent[]> {
  const { rows } = await client.query<ReferringIndex>(INDEXES, [qualified(table), column]);
  const standing = new Set(rows.filter(({ valid }) => valid).map(({ definition }) => servesOf(definition)));
  const other = otherColumn(table, catalog, column, change);
  return rows
    .filter((index) => isDependent(index, table, change))
    .flatMap((index) => {
      const counterpart = counterpartOf(
        index.definition,
        { name: written(column), type: typeName(catalog, column) },
        { name: written(other.name), type: other.type },
        quoted(`${index.relname.slice(0, NAME_LENGTH)}_${other.type}`),
      );
      const replaced = standing.has(counterpart.serves);
      const [effect, message] = judge(index, table, catalog, column, change, counterpart, replaced);
      if (message === null) return [];
      return [
        { table: table.name, kind: "index", name: index.name, effect, message, definition: index.definition },
      ];
    });
}

function isDependent(index: ReferringIndex, table: EmbeddingTable, change: Change): boolean {
  if (!index.refers || !index.valid) return false;
  const ours = [table.vectorIndex, table.halfvecIndex, compactIndexName(table)];
  if (change !== "swap") return !ours.includes(index.relname);
  return !(index.whole && index.approximate && index.operator_class.endsWith("_cosine_ops"));
}

/** @returns what it means, and null for what need not be said. */
function judge(
  index: ReferringIndex,
  table: EmbeddingTable,
  catalog: TableCatalog,
  column: string,
  change: Change,
  { create }: Counterpart,
  replaced: boolean,
): [Dependent["effect"], string | null] {
  const named = `index ${index.name}`;
  const place = `${table.name}.${column}`;
  const drop = `DROP INDEX CONCURRENTLY ${index.name}`;
  if (change === "contract")
    return ["breaks", `${named} still uses ${place}, which contract drops. Run: ${drop}`];
  if (change === "rollback") {
    if (replaced) return ["told", null];
    return [
      "told",
      `${named} goes with ${place}: searches that used it have no index after the rollback. To keep one: ${create}`,
    ];
  }
  if (index.approximate) {
    if (replaced) return ["told", null];
    // A second index on the whole column serves another distance than the one that the migration is about.
    const effect = catalog.phase === "indexed" && !index.whole ? "breaks" : "told";
    return [
      effect,
      `${named} goes with the swap: searches that used it would have no index. When all rows are converted, run: ${create}`,
    ];
  }
  if (replaced) {
    return [
      "told",
      `${named} follows ${place} to ${table.backup} and is of no more use. After the swap run: ${drop}`,
    ];
  }
  return [
    catalog.phase === "indexed" ? "breaks" : "told",
    `${named} uses ${place} and would follow it to ${table.backup}: what used it would have no index. When all rows are converted, run: ${create}`,
  ];
}

/** The column that serves the same searches after the change. */
function otherColumn(
  table: EmbeddingTable,
  catalog: TableCatalog,
  column: string,
  change: Change,
): TypedColumn {
  if (change === "swap") return { name: table.twin, type: "halfvec" };
  const back = column === table.column ? table.backup : table.column;
  return { name: back, type: change === "rollback" ? "vector" : typeName(catalog, back) };
}

/** The type of a column without its length and schema. */
function typeName(catalog: TableCatalog, column: string): string {
  return /^(?:.*\.)?(\w+)/.exec(columnType(catalog, column) ?? "")?.[1] ?? "vector";
}

/** A column as PostgreSQL prints it in a definition: quoted only where it must be. */
function written(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoted(name);
}
