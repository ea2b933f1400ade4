import { readRow } from "../content/databases.server.ts";
import { indexingState } from "../rag/rag-indexing.server.ts";
import { readEmbeddedText } from "./embedded-text.server.ts";
import type { MarkdownNode } from "./markdown-tree.ts";
import type { IndexingState } from "./read-page-view.server.ts";
import { rowTitle, valueText } from "./row-columns.ts";

/** A row of a database as its reader sees it. */
export interface RowToRead {
  readonly id: string;
  readonly title: string;
  /** Null where only the row's embedded text is kept. */
  readonly database: { readonly id: string; readonly name: string } | null;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** Only of a row that has no properties because its own record is not there. */
  readonly text: readonly MarkdownNode[];
  readonly updatedAt: Date | null;
  readonly indexing: IndexingState;
}

/** A row with what it says; null where the workspace has no such row. @param id a uuid */
export async function readRowView(workspaceId: string, id: string): Promise<RowToRead | null> {
  const row = await readRow(workspaceId, id);
  if (row === null) return readRemains(workspaceId, id);
  const { databaseId, databaseName, properties, updatedAt } = row;
  return {
    id,
    title: rowTitle(properties, databaseName),
    database: { id: databaseId, name: databaseName },
    properties: Object.entries(properties).map(([name, value]) => ({ name, value: valueText(value) })),
    text: [],
    updatedAt,
    indexing: await indexingState(workspaceId, "rows", id),
  };
}

async function readRemains(workspaceId: string, id: string): Promise<RowToRead | null> {
  const text = await readEmbeddedText(workspaceId, "rows", id);
  if (text === null) return null;
  return {
    id,
    title: "Untitled row",
    database: null,
    properties: [],
    text,
    updatedAt: null,
    indexing: "indexed",
  };
}
