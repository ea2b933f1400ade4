import type { SearchType } from "../services/rag/search-types.ts";

export const TYPE_NAMES: Readonly<Record<SearchType, { one: string; plural: string }>> = {
  pages: { one: "Page", plural: "Pages" },
  blocks: { one: "Block", plural: "Blocks" },
  rows: { one: "Row", plural: "Rows" },
  documents: { one: "Document", plural: "Documents" },
};
