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
  /** Whether the rows are those of the plan; otherwise as many were inserted as were allowed, and nothing else is done. */
  readonly complete: boolean;
  readonly inserted: number;
  readonly deleted: number;
  /** Kept, but for their place, their heading or a document's title. */
  readonly moved: number;
  readonly kept: number;
}

/** The vectors of planned rows, by their hash. */
export type Vectors = ReadonlyMap<string, readonly number[]>;

/**
 * Makes the rows of an entity those of its plan, in the transaction of `client`, which holds the plan's locks: rows with
 * the right hash stay untouched, missing ones come from `vectors`, all others go.
 * @param most how many rows to insert at once; where there are more, the old ones stay until the last are there
 * @returns null, and nothing is changed, where a vector is missing: the rows are others than when it was looked
 */
export async function syncEntity(
  client: pg.ClientBase,
  typeOf: ColumnTypes,
  name: EntityName,
  plan: EntityPlan,
  vectors: Vectors,
  most = Number.POSITIVE_INFINITY,
): Promise<SyncCounts | null> {
  const changes: { table: EmbeddingTable; change: TableChange }[] = [];
  for (const table of plan.tables) {
    const rows = plan.rows.filter((row) => row.table === table);
    const change = compare(name, rows, await readIndexedRows(client, table, name));
    if (change.inserted.some(({ planned }) => !vectors.has(planned.hash))) return null;
    changes.push({ table, change });
  }
  const sum = (count: (change: TableChange) => number) =>
    changes.reduce((total, { change }) => total + count(change), 0);
  const complete = sum(({ inserted }) => inserted.length) <= most;
  let room = most;
  for (const { table, change } of changes) {
    if (complete) {
      await deleteRows(client, table, change.deleted);
      await updateBesides(client, table, change.moved);
    }
    const inserted = change.inserted.slice(0, room);
    room -= inserted.length;
    await upsertEmbeddingRows(
      client,
      table,
      typeOf(table),
      inserted.map(({ id, planned: { columns, hash, chunkIndex, entityId } }) => ({
        entity: { table: table.name, id: entityId ?? id, chunkIndex },
        columns: { ...columns, id },
        embedding: vectors.get(hash) ?? null,
      })),
    );
  }
  const kept = sum((change) => change.kept);
  if (!complete) return { complete, inserted: most, deleted: 0, moved: 0, kept };
  return {
    complete,
    inserted: sum(({ inserted }) => inserted.length),
    deleted: sum(({ deleted }) => deleted.length),
    moved: sum(({ moved }) => moved.length),
    kept,
  };
}

/** The planned rows that an entity does not have yet, each hash once. */
export async function missingRows(
  database: Pick<pg.ClientBase, "query">,
  name: EntityName,
  plan: EntityPlan,
): Promise<PlannedRow[]> {
  const missing = new Map<string, PlannedRow>();
  for (const table of plan.tables) {
    const rows = plan.rows.filter((row) => row.table === table);
    const { inserted } = compare(name, rows, await readIndexedRows(database, table, name));
    for (const { planned } of inserted) missing.set(planned.hash, planned);
  }
  return [...missing.values()];
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
