import type pg from "pg";
import { pool } from "../../db.server.ts";
import { BLOCK_EMBEDDINGS, DOCUMENTS, type EmbeddingTable, PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { chunkingFor, type EntityPlan } from "../indexing/plan-entity.ts";
import { importGroup, type PageToImport, type PlannedPage } from "./import-group.server.ts";
import { checkImportOptions, ImportOptionsError } from "./import-options.ts";
import { linkImported } from "./link-imported.server.ts";
import { findMarkdown, type MarkdownFile, readMarkdown } from "./markdown-files.server.ts";
import { ensureWorkspace, importedPages, insertMissingPages, pageVersions } from "./page-rows.server.ts";
import { type PagePlace, pageIdsOf, pageTree } from "./page-tree.ts";
import { importHash, isLeftAsEdited, planRead, readPage } from "./planned-page.ts";

export interface ImportOptions {
  /** Name of the workspace; made where there is none. */
  workspace: string;
  /** About how many texts to embed at most; what does not fit is left out. Default: all. */
  limit?: number | undefined;
  /** Default: the app's pool. */
  database?: pg.Pool | undefined;
  /** Default: the provider of the configuration. */
  provider?: EmbeddingProvider | undefined;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Stops after the pages at hand; the next import goes on from there. */
  signal?: AbortSignal | undefined;
}

/** How far an import is. `texts` counts those that were new: they are what takes the time. */
export interface ImportProgress {
  readonly phase: "pages" | "rows";
  readonly done: number;
  readonly total: number;
  readonly texts: number;
  readonly textsTotal: number;
}

/** What an import wrote, and what the pages that it wrote have. A second import of the same files writes nothing. */
export interface ImportResult {
  readonly workspaceId: string;
  /** Pages with new content. */
  readonly pages: number;
  readonly unchanged: number;
  /** Files whose pages were edited or deleted while the import ran; those are as their editors left them. */
  readonly editedMeanwhile: readonly string[];
  /** Files that did not fit the limit. */
  readonly leftOut: number;
  readonly blocks: number;
  readonly links: number;
  readonly pageEmbeddings: number;
  readonly blockEmbeddings: number;
  readonly documents: number;
}

/** Texts embedded before their pages are written: enough to keep the threads of the local model busy. */
const TEXTS_PER_TRANSACTION = 64;

/** A file may take this share of the limit, so that one long file does not crowd out the others. */
const LIMIT_SHARE = 0.2;

/** Imports the Markdown files under a folder as the pages of a workspace. @see importMarkdown */
export async function importMarkdownFolder(directory: string, options: ImportOptions): Promise<ImportResult> {
  checkImportOptions(options);
  const paths = await findMarkdown(directory);
  return await importMarkdown(
    paths.map((path) => ({ path, read: () => readMarkdown(directory, path) })),
    options,
  );
}

/**
 * Makes pages, blocks, links and documents of Markdown files, and the embeddings of all of them. Each page is
 * written together with all that belongs to it, or not at all; an unchanged file is left alone, and so is its page,
 * whatever was written in the app since. A page that somebody edits while the import runs is left too, and named.
 * @param files in reading order, each path once
 * @throws {ImportOptionsError} before anything is read or written
 * @throws {EmbeddingProviderError}
 */
export async function importMarkdown(
  files: readonly { path: string; read: () => Promise<MarkdownFile> }[],
  options: ImportOptions,
): Promise<ImportResult> {
  checkImportOptions(options);
  const paths = new Set<string>();
  for (const { path } of files) {
    if (paths.has(path)) throw new ImportOptionsError(`The file ${path} is given twice; give it once`);
    paths.add(path);
  }
  const {
    database = pool,
    provider = embeddingProvider(),
    limit = Number.POSITIVE_INFINITY,
    signal,
  } = options;
  const workspaceId = await ensureWorkspace(
    database,
    options.workspace,
    stableId("workspace", options.workspace),
  );
  const chunking = chunkingFor(provider);
  const pageIds = pageIdsOf(
    workspaceId,
    files.map(({ path }) => path),
  );
  const titles = new Map(pageTree(workspaceId, pageIds).map(({ id, fallbackTitle }) => [id, fallbackTitle]));
  const pages: PlannedPage[] = [];
  let budget = limit;
  for (const { path, read: readFile } of files) {
    if (budget <= 0) break;
    const id = pageIds.get(path) as string;
    const read = await readPage(await readFile());
    const plan = await planRead(workspaceId, id, read, titles.get(id) ?? path, chunking);
    const textCount = new Set(plan.rows.flatMap(({ texts }) => texts)).size;
    if (textCount > Math.min(budget, limit * LIMIT_SHARE)) continue;
    budget -= textCount;
    pages.push({ id, read, plan, textCount, hash: importHash(read, chunking) });
  }
  const places = pageTree(workspaceId, new Map(pages.map(({ id, read }) => [read.path, id])));
  const placeOf = new Map(places.map((place) => [place.id, place]));
  await insertMissingPages(database, workspaceId, places);

  const versions = await pageVersions(
    database,
    pages.map(({ id }) => id),
  );
  const imported = await importedPages(database, workspaceId);
  const left = pages.filter(({ id, read }) => isLeftAsEdited(read, imported.get(id)));
  const changed = pages
    .filter((page) => !left.includes(page) && imported.get(page.id)?.hash !== page.hash)
    .map((page) => ({ ...page, place: placeOf.get(page.id) as PagePlace }));
  const textsTotal = changed.reduce((sum, { textCount }) => sum + textCount, 0);
  const written = { blocks: 0, pageEmbeddings: 0, blockEmbeddings: 0, documents: 0 };
  const writtenPages: PageToImport[] = [];
  let [done, texts] = [0, 0];
  for (const group of groupsOf(changed)) {
    signal?.throwIfAborted();
    const outcome = await importGroup({ database, provider, workspaceId, versions, signal }, group);
    writtenPages.push(...outcome.pages);
    written.blocks += outcome.blocks;
    for (const { plan } of outcome.pages) {
      written.pageEmbeddings += countOf(plan, PAGE_EMBEDDINGS);
      written.blockEmbeddings += countOf(plan, BLOCK_EMBEDDINGS);
      written.documents += countOf(plan, DOCUMENTS);
    }
    done += group.length;
    texts += group.reduce((sum, { textCount }) => sum + textCount, 0);
    options.onProgress?.({ phase: "pages", done, total: changed.length, texts, textsTotal });
  }
  const editedMeanwhile = changed.filter((page) => !writtenPages.includes(page));
  const leftIds = new Set([...left, ...editedMeanwhile].map(({ id }) => id));
  const links = await embeddingTransaction(database, [], async (client) => {
    await lockEntities(client, [workspaceId]);
    return await linkImported(
      client,
      workspaceId,
      pages.filter(({ id }) => !leftIds.has(id)).map(({ id, read }) => ({ id, inText: read.inText })),
      writtenPages.map(({ place, read }) => ({ title: read.title ?? place.fallbackTitle, path: read.path })),
    );
  });
  const unchanged = pages.length - changed.length;
  return {
    workspaceId,
    pages: writtenPages.length,
    ...written,
    links,
    unchanged,
    editedMeanwhile: editedMeanwhile.map(({ read }) => read.path),
    leftOut: files.length - pages.length,
  };
}

function groupsOf(pages: readonly PageToImport[]): PageToImport[][] {
  const groups: PageToImport[][] = [];
  let texts = Number.POSITIVE_INFINITY;
  for (const page of pages) {
    if (texts >= TEXTS_PER_TRANSACTION) {
      groups.push([]);
      texts = 0;
    }
    groups.at(-1)?.push(page);
    texts += page.textCount;
  }
  return groups;
}

function countOf({ rows }: EntityPlan, table: EmbeddingTable): number {
  return rows.filter((row) => row.table === table).length;
}
