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
}

export const SEARCH_SOURCES: readonly SearchSource[] = [
  { type: "pages", table: PAGE_EMBEDDINGS, text: "chunk_text", source: "page_id", page: "page_id" },
  { type: "blocks", table: BLOCK_EMBEDDINGS, text: "chunk_text", source: "block_id", page: "page_id" },
  { type: "rows", table: DATABASE_ROW_EMBEDDINGS, text: "chunk_text", source: "row_id" },
  { type: "documents", table: DOCUMENTS, text: "content", source: "id", title: "title" },
];
