import { prisma } from "../../db.server.ts";
import type { SearchType } from "./search-types.ts";

/** A piece of text in the view of a source; `id` is the fragment that a hit links to. */
export interface SourceSection {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
}

/** What a hit is a part of, ready to be shown. */
export interface Source {
  readonly type: Exclude<SearchType, "blocks">;
  readonly title: string;
  readonly workspace: string | null;
  /** Where a document came from, the database of a row. */
  readonly origin: string | null;
  readonly sections: readonly SourceSection[];
  /** Properties of a database row. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Reads the page, database row or document with an id. Where only the embedded text is stored (imported with
 * COPY, or the page is gone) that text is shown.
 *
 * @param id a uuid. @returns null where nothing has this id.
 */
export async function readSource(type: Source["type"], id: string): Promise<Source | null> {
  if (type === "pages") return readPage(id);
  return type === "rows" ? readDatabaseRow(id) : readDocument(id);
}

async function readPage(id: string): Promise<Source | null> {
  const page = await prisma.page.findUnique({
    where: { id },
    include: { workspace: true, blocks: { orderBy: { position: "asc" } } },
  });
  const blocks = page?.blocks ?? [];
  const sections = blocks.map((block) => ({ id: block.id, kind: block.type, text: textOf(block.content) }));
  const source = describe("pages", page?.title ?? "", page?.workspace.name ?? null);
  if (sections.length > 0) return { ...source, sections };
  const chunks = await prisma.pageEmbedding.findMany({
    where: { pageId: id },
    orderBy: { chunkIndex: "asc" },
  });
  if (page === null && chunks.length === 0) return null;
  return { ...source, sections: chunks.map(chunkSection) };
}

async function readDatabaseRow(id: string): Promise<Source | null> {
  const row = await prisma.databaseRow.findUnique({
    where: { id },
    include: { database: { include: { workspace: true } } },
  });
  if (row !== null) {
    const properties = propertiesOf(row.properties);
    const title = properties.find(({ name }) => name === "name" || name === "title")?.value;
    const source = describe("rows", title || row.database.name, row.database.workspace.name);
    return { ...source, origin: row.database.name, properties };
  }
  const chunks = await prisma.databaseRowEmbedding.findMany({
    where: { rowId: id },
    orderBy: { chunkIndex: "asc" },
  });
  if (chunks.length === 0) return null;
  return { ...describe("rows", "", null), sections: chunks.map(chunkSection) };
}

async function readDocument(id: string): Promise<Source | null> {
  const document = await prisma.document.findUnique({ where: { id } });
  if (document === null) return null;
  const workspace = await prisma.workspace.findUnique({ where: { id: document.workspaceId } });
  return {
    ...describe("documents", document.title, workspace?.name ?? null),
    origin: document.sourceUri,
    sections: [{ id: document.id, kind: "paragraph", text: document.content }],
  };
}

function describe(type: Source["type"], title: string, workspace: string | null): Source {
  return { type, title, workspace, origin: null, sections: [], properties: [] };
}

function chunkSection(chunk: { id: string; chunkText: string }): SourceSection {
  return { id: chunk.id, kind: "paragraph", text: chunk.chunkText };
}

function propertiesOf(properties: unknown): Source["properties"] {
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).map(([name, value]) => ({ name, value: textOf(value) }));
}

/** The text in a JSON value: every string and number in it, in order. */
function textOf(content: unknown): string {
  if (content === null || typeof content === "boolean") return String(content ?? "");
  if (typeof content !== "object") return String(content);
  const parts = Array.isArray(content) ? content : textFieldOf(content);
  return parts
    .map(textOf)
    .filter((text) => text !== "")
    .join(Array.isArray(content) ? ", " : "\n");
}

/** Blocks keep their words in `text`, beside settings that are not for reading. */
function textFieldOf(content: object): unknown[] {
  return "text" in content ? [content.text] : Object.values(content);
}
