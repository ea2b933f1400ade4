import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { PageLinksInText } from "../content/page-links.server.ts";
import type { PageToWrite } from "../content/write-pages.server.ts";
import { storableText } from "../embeddings/storable-json.ts";
import { type Chunking, type EntityPlan, planEntity } from "../indexing/plan-entity.ts";
import { cutAt } from "./chunks.ts";
import type { MarkdownFile } from "./markdown-files.server.ts";
import { parseMarkdownPage } from "./markdown-page.ts";
import type { ImportedPage } from "./page-rows.server.ts";
import type { PagePlace } from "./page-tree.ts";

/** Another way of making pages of files, or embeddings of pages, has another number. */
const IMPORT_VERSION = 3;

const LONGEST_TITLE = 300;

/** A file as the page it becomes, before anything is written. */
export interface ReadPage {
  readonly path: string;
  readonly markdown: string;
  /** Null where the text does not name itself. */
  readonly title: string | null;
  readonly blocks: PageToWrite["blocks"];
  readonly inText: PageLinksInText;
  /** SHA-256 of the text. */
  readonly fileHash: string;
}

/** Reads a file as a page. Others get their turn before it: a long text takes a while. */
export async function readPage({ path, markdown: text }: MarkdownFile): Promise<ReadPage> {
  await nextTurn();
  const markdown = storableText(text);
  const { title, blocks, links, titles } = parseMarkdownPage(markdown);
  return {
    path,
    markdown,
    title: title === null ? null : cutAt(title, LONGEST_TITLE),
    blocks,
    inText: { source: path, links, titles },
    fileHash: createHash("sha256").update(markdown).digest("hex"),
  };
}

/** The page of a file at its place. @param hash of the import, where it is complete with the embeddings */
export function pageToWrite(read: ReadPage, place: PagePlace, hash?: string): PageToWrite {
  const { path, markdown, fileHash, blocks } = read;
  return {
    id: place.id,
    parentId: place.parentId,
    title: read.title ?? place.fallbackTitle,
    content: { format: "markdown", source: path, file: fileHash, markdown, ...(hash ? { hash } : {}) },
    blocks,
  };
}

/** Whether somebody changed the page of a file in the app, and nobody the file: then the page stays as it is. */
export function isLeftAsEdited({ fileHash }: ReadPage, page: ImportedPage | undefined): boolean {
  return page?.edited === true && page.file === fileHash;
}

/** Changes when the text, its place, the chunking or the model does. */
export function importHash({ path, markdown }: ReadPage, chunking: Chunking): string {
  return createHash("sha256")
    .update(JSON.stringify([IMPORT_VERSION, path, markdown, chunking]))
    .digest("hex");
}

/** What is embedded of a page that is not written yet: its rows, but for the ids of its blocks. */
export async function planRead(
  workspaceId: string,
  id: string,
  { path, title, blocks }: ReadPage,
  fallbackTitle: string,
  chunking: Chunking,
): Promise<EntityPlan> {
  return await planEntity(
    { type: "pages", workspaceId, id },
    {
      type: "pages",
      title: title ?? fallbackTitle,
      source: path,
      blocks: blocks.map((block) => ({ ...block, id: "" })),
    },
    chunking,
  );
}
