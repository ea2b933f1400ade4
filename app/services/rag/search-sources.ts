import {
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
  type EmbeddingTable,
  PAGE_EMBEDDINGS,
} from "../../embedding-tables.ts";
import type { SearchType } from "./search-types.ts";

/** Where a kind of hit is stored and which columns of its table are shown. */
export interface SearchSource {
  readonly type: SearchType;
  readonly table: EmbeddingTable;
  /** The column with the text that was embedded. */
  readonly text: string;
  /** The column with the id of what the hit is a part of. */
  readonly source: string;
  /** The page a hit stands on, where it has one. */
  readonly page?: string;
  readonly title?: string;
  /** The column with the place of the text among those of its source, from 0; none where a source has one text. */
  readonly chunk?: string;
}

const CHUNK = { text: "chunk_text", chunk: "chunk_index" } as const;

export const SEARCH_SOURCES: readonly SearchSource[] = [
  { type: "pages", table: PAGE_EMBEDDINGS, ...CHUNK, source: "page_id", page: "page_id" },
  { type: "blocks", table: BLOCK_EMBEDDINGS, ...CHUNK, source: "block_id", page: "page_id" },
  { type: "rows", table: DATABASE_ROW_EMBEDDINGS, ...CHUNK, source: "row_id" },
  { type: "documents", table: DOCUMENTS, text: "content", source: "id", title: "title" },
];

/** Most characters of the text and of the title of a hit: more never comes out of the database for one. */
export const HIT_CHARACTERS = 4_000;
export const HIT_TITLE_CHARACTERS = 300;

/** How hits of a table are shown. @throws Error for a table that search does not know. */
export function searchSourceOf(table: EmbeddingTable): SearchSource {
  const source = SEARCH_SOURCES.find((known) => known.table.name === table.name);
  if (source === undefined) throw new Error(`Nothing says how to show hits of table ${table.name}.`);
  return source;
}
