import type pg from "pg";
import { pool } from "../../db.server.ts";
import { BLOCK_EMBEDDINGS, DOCUMENTS, type EmbeddingTable, PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { writePages } from "../content/write-pages.server.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { embeddingProvider } from "../embeddings/provider-choice.server.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { embedRows } from "../indexing/index-entity.server.ts";
import { hashesOf } from "../indexing/indexed-rows.server.ts";
import { chunkingFor, type EntityPlan, planEntity } from "../indexing/plan-entity.ts";
import { readEntity } from "../indexing/read-entity.server.ts";
import { syncEntity } from "../indexing/sync-entity.server.ts";
import { checkImportOptions, ImportOptionsError } from "./import-options.ts";
import { linkImported } from "./link-imported.server.ts";
import { findMarkdown, type MarkdownFile, readMarkdown } from "./markdown-files.server.ts";
import { ensureWorkspace, importedPages, insertMissingPages } from "./page-rows.server.ts";
import { type PagePlace, pageIdsOf, pageTree } from "./page-tree.ts";
import {
  importHash,
  isLeftAsEdited,
  pageToWrite,
  planRead,
  type ReadPage,
  readPage,
} from "./planned-page.ts";

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
 * whatever was written in the app since.
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

  const imported = await importedPages(database, workspaceId);
  const left = pages.filter(({ id, read }) => isLeftAsEdited(read, imported.get(id)));
  const changed = pages
    .filter((page) => !left.includes(page) && imported.get(page.id)?.hash !== page.hash)
    .map((page) => ({ ...page, place: placeOf.get(page.id) as PagePlace }));
  const textsTotal = changed.reduce((sum, { textCount }) => sum + textCount, 0);
  const written = { pages: 0, blocks: 0, pageEmbeddings: 0, blockEmbeddings: 0, documents: 0 };
  let texts = 0;
  for (const group of groupsOf(changed)) {
    signal?.throwIfAborted();
    written.blocks += await importGroup({ database, provider, workspaceId, signal }, group);
    written.pages += group.length;
    for (const { plan, textCount } of group) {
      written.pageEmbeddings += countOf(plan, PAGE_EMBEDDINGS);
      written.blockEmbeddings += countOf(plan, BLOCK_EMBEDDINGS);
      written.documents += countOf(plan, DOCUMENTS);
      texts += textCount;
    }
    options.onProgress?.({ phase: "pages", done: written.pages, total: changed.length, texts, textsTotal });
  }
  const links = await embeddingTransaction(database, [], async (client) => {
    await lockEntities(client, [workspaceId]);
    return await linkImported(
      client,
      workspaceId,
      pages.filter((page) => !left.includes(page)).map(({ id, read }) => ({ id, inText: read.inText })),
      changed.map(({ place, read }) => ({ title: read.title ?? place.fallbackTitle, path: read.path })),
    );
  });
  const unchanged = pages.length - changed.length;
  return { workspaceId, ...written, links, unchanged, leftOut: files.length - pages.length };
}

/** A file that fits the limit, as the page it becomes. */
interface PlannedPage {
  readonly id: string;
  readonly read: ReadPage;
  readonly plan: EntityPlan;
  /** How many different texts are to be embedded. */
  readonly textCount: number;
  readonly hash: string;
}

type PageToImport = PlannedPage & { readonly place: PagePlace };

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

interface GroupOptions {
  readonly database: pg.Pool;
  readonly provider: EmbeddingProvider;
  readonly workspaceId: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Embeds what is new in a few pages in one call, and writes all that belongs to the pages in one transaction.
 * @returns how many blocks they have
 */
async function importGroup(
  { database, provider, workspaceId, signal }: GroupOptions,
  group: readonly PageToImport[],
): Promise<number> {
  const vectors = new Map<string, number[]>();
  const planned = new Map(group.flatMap(({ plan }) => plan.rows.map((row) => [row.hash, row] as const)));
  const tables = [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS];
  const there = await hashesOf(
    database,
    workspaceId,
    group.map(({ id }) => id),
  );
  // Where a row that was there has gone meanwhile, everything is embedded, and the second time is the last.
  for (const left of [there, new Set<string>()]) {
    const missing = [...planned.values()].filter(({ hash }) => !left.has(hash) && !vectors.has(hash));
    await embedRows(missing, provider, vectors, signal);
    const blocks = await embeddingTransaction(database, tables, async (client, typeOf) => {
      await lockEntities(client, [workspaceId, ...group.map(({ id }) => id)]);
      const written = await writePages(
        client,
        workspaceId,
        group.map(({ read, place, hash }) => pageToWrite(read, place, hash)),
      );
      for (const { id } of group) {
        const name = { type: "pages", workspaceId, id } as const;
        const plan = await planEntity(name, await readEntity(client, name), chunkingFor(provider));
        if ((await syncEntity(client, typeOf, name, plan, vectors)) === null) throw new RowsGoneError();
      }
      return written;
    }).catch((error: unknown) => {
      if (error instanceof RowsGoneError) return null;
      throw error;
    });
    if (blocks !== null) return blocks;
  }
  throw new Error(`The pages of ${group[0]?.read.path} and others change all the time; import them again`);
}

/** Rolls a transaction back. */
class RowsGoneError extends Error {}
