import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import { upsertEmbeddingRows } from "../embeddings/embedding-rows.server.ts";
import type { ColumnTypes } from "../embeddings/embedding-transaction.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { deleteRows, type IndexedRow, readIndexedRows, updateBesides } from "./indexed-rows.server.ts";
import type { EntityPlan, PlannedRow } from "./plan-entity.ts";
import type { EntityName } from "./read-entity.server.ts";

/** What was done to the rows of an entity. */
export interface SyncCounts {
  readonly inserted: number;
  readonly deleted: number;
  /** Kept, but for their place, their heading or a document's title. */
  readonly moved: number;
  readonly kept: number;
}

/** The vectors of planned rows, by their hash. */
export type Vectors = ReadonlyMap<string, readonly number[]>;

/** Rows of one statement: some of them take a second in the vector index. */
const ROWS_PER_STATEMENT = 250;

/**
 * Makes the rows of an entity those of its plan, in the transaction of `client`, which holds the plan's locks: rows with
 * the right hash stay untouched, missing ones come from `vectors`, all others go.
 * @returns null, and nothing is changed, where a vector is missing: the rows are others than when it was looked
 */
export async function syncEntity(
  client: pg.ClientBase,
  typeOf: ColumnTypes,
  name: EntityName,
  plan: EntityPlan,
  vectors: Vectors,
): Promise<SyncCounts | null> {
  const changes = await compareTables(client, name, plan);
  const missing = changes.flatMap(({ change }) => change.inserted);
  if (missing.some(({ planned }) => !vectors.has(planned.hash))) return null;
  for (const { table, change } of changes) {
    await deleteRows(client, table, change.deleted);
    await updateBesides(client, table, change.moved);
    await insertRows(client, typeOf, table, change.inserted, vectors);
  }
  const sum = (count: (change: TableChange) => number) =>
    changes.reduce((total, { change }) => total + count(change), 0);
  return {
    inserted: missing.length,
    deleted: sum(({ deleted }) => deleted.length),
    moved: sum(({ moved }) => moved.length),
    kept: sum(({ kept }) => kept),
  };
}

/**
 * Writes the missing rows of a plan, and changes nothing that is there: needs no lock, so that nobody waits for the
 * vector index. To be followed by {@link syncEntity} in the same transaction.
 * @returns how many. @throws the reason of `signal` once it is aborted
 */
export async function insertMissing(
  client: pg.ClientBase,
  typeOf: ColumnTypes,
  name: EntityName,
  plan: EntityPlan,
  vectors: Vectors,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const { table, change } of await compareTables(client, name, plan)) {
    const missing = change.inserted.filter(({ planned }) => vectors.has(planned.hash));
    await insertRows(client, typeOf, table, missing, vectors, signal);
    count += missing.length;
  }
  return count;
}

async function insertRows(
  client: pg.ClientBase,
  typeOf: ColumnTypes,
  table: EmbeddingTable,
  rows: TableChange["inserted"],
  vectors: Vectors,
  signal?: AbortSignal,
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    signal?.throwIfAborted();
    await upsertEmbeddingRows(
      client,
      table,
      typeOf(table),
      rows.slice(from, from + ROWS_PER_STATEMENT).map(({ id, planned }) => ({
        entity: { table: table.name, id: planned.entityId ?? id, chunkIndex: planned.chunkIndex },
        columns: { ...planned.columns, id },
        embedding: vectors.get(planned.hash) ?? null,
      })),
    );
  }
}

/** The planned rows that an entity does not have yet, each hash once. */
export async function missingRows(
  database: Pick<pg.ClientBase, "query">,
  name: EntityName,
  plan: EntityPlan,
): Promise<PlannedRow[]> {
  const missing = new Map<string, PlannedRow>();
  for (const { change } of await compareTables(database, name, plan)) {
    for (const { planned } of change.inserted) missing.set(planned.hash, planned);
  }
  return [...missing.values()];
}

async function compareTables(
  database: Pick<pg.ClientBase, "query">,
  name: EntityName,
  plan: EntityPlan,
): Promise<{ table: EmbeddingTable; change: TableChange }[]> {
  const changes: { table: EmbeddingTable; change: TableChange }[] = [];
  for (const table of plan.tables) {
    const rows = plan.rows.filter((row) => row.table === table);
    changes.push({ table, change: compare(name, rows, await readIndexedRows(database, table, name)) });
  }
  return changes;
}

interface TableChange {
  readonly deleted: readonly string[];
  readonly moved: readonly { readonly id: string; readonly columns: PlannedRow["columns"] }[];
  readonly inserted: readonly { readonly id: string; readonly planned: PlannedRow }[];
  readonly kept: number;
}

/** Pairs the rows of one table with those that should be there: by what they are about and by their hash. */
function compare(
  name: EntityName,
  planned: readonly PlannedRow[],
  indexed: readonly IndexedRow[],
): TableChange {
  const spare = new Map<string, IndexedRow[]>();
  for (const row of indexed) {
    if (!row.embedded || typeof row.metadata.hash !== "string") continue;
    const key = pairKey(name, row.entityId, row.chunkIndex, row.metadata.hash);
    spare.set(key, [...(spare.get(key) ?? []), row]);
  }
  const pairs = planned.map((row) => {
    const key = pairKey(name, row.entityId, row.chunkIndex, row.hash);
    const candidates = spare.get(key) ?? [];
    const same = candidates.findIndex((candidate) => isUnchanged(row, candidate));
    const [partner] = candidates.splice(Math.max(0, same), 1);
    return { planned: row, partner };
  });
  const paired = pairs.filter((pair) => pair.partner !== undefined) as {
    planned: PlannedRow;
    partner: IndexedRow;
  }[];
  const keptIds = new Set(paired.map(({ partner }) => partner.id));
  const taken = new Set(keptIds);
  const inserted = pairs
    .filter(({ partner }) => partner === undefined)
    .map(({ planned: row }) => ({ id: newId(name, row, taken), planned: row }));
  const moved = paired.filter(({ planned: row, partner }) => !isUnchanged(row, partner));
  // A document that somebody wrote is the row itself: it is written over and never taken away here.
  const spared = name.type === "documents" ? () => true : (id: string) => keptIds.has(id);
  return {
    deleted: indexed.map(({ id }) => id).filter((id) => !spared(id)),
    moved: moved.map(({ planned: row, partner }) => ({ id: partner.id, columns: row.columns })),
    inserted,
    kept: paired.length - moved.length,
  };
}

/** The documents of a page's sections are known by their text alone: which is which does not matter. */
function pairKey(name: EntityName, entityId: string | null, chunkIndex: number | null, hash: string): string {
  return name.type === "pages" && chunkIndex === null ? hash : `${entityId} ${hash}`;
}

function isUnchanged({ chunkIndex, columns }: PlannedRow, row: IndexedRow): boolean {
  return (
    row.chunkIndex === chunkIndex &&
    isDeepStrictEqual(row.metadata, columns.metadata) &&
    (row.title === undefined || (row.title === columns.title && row.content === columns.content))
  );
}

/** The same for the same text, so that the same import makes the same rows. */
function newId(
  { id }: EntityName,
  { table, entityId, chunkIndex, hash }: PlannedRow,
  taken: Set<string>,
): string {
  if (entityId !== null && chunkIndex === null) return entityId;
  let rowId = stableId(table.name, entityId ?? id, hash);
  for (let copy = 1; taken.has(rowId); copy++) rowId = stableId(table.name, entityId ?? id, hash, copy);
  taken.add(rowId);
  return rowId;
}
