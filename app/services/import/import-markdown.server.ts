import type pg from "pg";
import { pool } from "../../db.server.ts";
import { BLOCK_EMBEDDINGS, DOCUMENTS, PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { embedPending, replaceEntities } from "../embedding-generation.server.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import { blockRows, documentRows, pageRows } from "../embeddings/entity-rows.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { checkImportOptions, ImportOptionsError } from "./import-options.ts";
import { findMarkdown, type MarkdownFile, readMarkdown } from "./markdown-files.server.ts";
import {
  ensureWorkspace,
  importedHashes,
  insertMissingPages,
  replaceLinks,
  writePages,
} from "./page-rows.server.ts";
import { linkTarget, type PagePlace, pageIdsOf, pageTree } from "./page-tree.ts";
import { type PlannedPage, planPage } from "./planned-page.ts";

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

/** What an import wrote. A second import of the same files writes nothing. */
export interface ImportResult {
  readonly workspaceId: string;
  /** Pages with new content. */
  readonly pages: number;
  readonly unchanged: number;
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

const MAX_CHUNK_CHARACTERS = 1_200;

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
 * written together with all that belongs to it, or not at all; an unchanged file is left alone.
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
  const { inputCharacters, model } = provider;
  const chunking = {
    chunkCharacters: Math.min(MAX_CHUNK_CHARACTERS, inputCharacters),
    inputCharacters,
    model,
  };

  const pageIds = pageIdsOf(
    workspaceId,
    files.map(({ path }) => path),
  );
  const plans: PlannedPage[] = [];
  let budget = limit;
  for (const { path, read } of files) {
    if (budget <= 0) break;
    const planned = planPage(workspaceId, pageIds.get(path) as string, await read(), chunking);
    if (planned.textCount > Math.min(budget, limit * LIMIT_SHARE)) continue;
    budget -= planned.textCount;
    plans.push(planned);
  }
  const places = pageTree(
    workspaceId,
    new Map(plans.map(({ file, pageText }) => [file.path, pageText.pageId])),
  );
  const placeOf = new Map(places.map((place) => [place.id, place]));
  await insertMissingPages(database, workspaceId, places);

  const hashes = await importedHashes(database, workspaceId);
  const changed = plans
    .filter(({ pageText, hash }) => hashes.get(pageText.pageId) !== hash)
    .map((planned) => ({ planned, place: placeOf.get(planned.pageText.pageId) as PagePlace }));
  const textsTotal = changed.reduce((sum, { planned }) => sum + planned.textCount, 0);
  const written = { pages: 0, blocks: 0, pageEmbeddings: 0, blockEmbeddings: 0, documents: 0 };
  let texts = 0;
  for (const group of groupsOf(changed)) {
    signal?.throwIfAborted();
    const counts = await importGroup(database, provider, group, signal);
    written.pages += group.length;
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) written[key] += counts[key];
    texts += group.reduce((sum, { planned }) => sum + planned.textCount, 0);
    options.onProgress?.({ phase: "pages", done: written.pages, total: changed.length, texts, textsTotal });
  }
  const links = await embeddingTransaction(database, [], (client) => linkPages(client, plans));
  const unchanged = plans.length - changed.length;
  return { workspaceId, ...written, links, unchanged, leftOut: files.length - plans.length };
}

type PageToWrite = { planned: PlannedPage; place: PagePlace };

function groupsOf(pages: readonly PageToWrite[]): PageToWrite[][] {
  const groups: PageToWrite[][] = [];
  let texts = Number.POSITIVE_INFINITY;
  for (const page of pages) {
    if (texts >= TEXTS_PER_TRANSACTION) {
      groups.push([]);
      texts = 0;
    }
    groups.at(-1)?.push(page);
    texts += page.planned.textCount;
  }
  return groups;
}

/** Embeds the texts of a few pages in one call and writes all that belongs to the pages in one transaction. */
async function importGroup(
  database: pg.Pool,
  provider: EmbeddingProvider,
  group: readonly PageToWrite[],
  signal: AbortSignal | undefined,
): Promise<Pick<ImportResult, "blocks" | "pageEmbeddings" | "blockEmbeddings" | "documents">> {
  const plans = group.map(({ planned }) => planned);
  const pages = plans.map(({ pageText }) => pageRows(pageText));
  const blocks = plans.flatMap(({ blockTexts }) => blockTexts.map(blockRows));
  const documents = plans.flatMap((planned) => planned.documents.map(documentRows));
  const embedded = await embedPending([...pages, ...blocks, ...documents], { provider, signal });
  const pagesDone = embedded.slice(0, pages.length);
  const blocksDone = embedded.slice(pages.length, pages.length + blocks.length);
  const documentsDone = embedded.slice(pages.length + blocks.length);
  const tables = [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS];
  return await embeddingTransaction(database, tables, async (client, typeOf) => {
    await lockEntities(
      client,
      pages.map(({ entityId }) => entityId),
    );
    await writePages(client, group);
    return {
      blocks: plans.reduce((sum, planned) => sum + planned.blocks.length, 0),
      pageEmbeddings: await replaceEntities(client, typeOf, PAGE_EMBEDDINGS, pagesDone),
      blockEmbeddings: await replaceEntities(client, typeOf, BLOCK_EMBEDDINGS, blocksDone),
      documents: await replaceEntities(client, typeOf, DOCUMENTS, documentsDone),
    };
  });
}

async function linkPages(client: pg.ClientBase, plans: readonly PlannedPage[]): Promise<number> {
  const pageIds = new Map(plans.map(({ file, pageText }) => [file.path, pageText.pageId]));
  const links = plans.flatMap(({ file, pageText, links }) => {
    const targets = links
      .map((link) => linkTarget(file.path, link, (path) => pageIds.has(path)))
      .flatMap((path) => (path === null ? [] : [pageIds.get(path) as string]))
      .filter((target) => target !== pageText.pageId);
    return [...new Set(targets)].map((target) => ({ source: pageText.pageId, target }));
  });
  const sourceIds = plans.map(({ pageText }) => pageText.pageId);
  return await replaceLinks(client, sourceIds, links);
}
