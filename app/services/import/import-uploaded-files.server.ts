import type pg from "pg";
import { pool } from "../../db.server.ts";
import { ContentError } from "../content/content-error.ts";
import { contentTransaction } from "../content/content-transaction.server.ts";
import { writePages } from "../content/write-pages.server.ts";
import { linkImported } from "./link-imported.server.ts";
import { inReadingOrder } from "./markdown-files.server.ts";
import { importedPages, insertMissingPages } from "./page-rows.server.ts";
import { type PagePlace, pageIdsOf, pageTree } from "./page-tree.ts";
import { pageToWrite, type ReadPage, readPage } from "./planned-page.ts";
import { type FileProblem, type UploadedFile, usableFiles } from "./uploaded-files.ts";

/** What became of uploaded files, by number, and by name of those that were left out. */
export interface UploadResult {
  readonly created: number;
  readonly updated: number;
  /** The file is as it was when it was imported last: its page stays, whatever was written in the app since. */
  readonly unchanged: number;
  readonly problems: readonly FileProblem[];
}

/** What people write now goes before a whole folder. */
const IMPORT_PRIORITY = -1;

/**
 * Makes the pages of uploaded Markdown files, as the import of a folder does: a file of the same path is the same page.
 * All that can be used is written in one transaction, with a job that indexes each page.
 * @param files paths as the browser gives them, from the folder that was chosen; `text` is their content
 */
export async function importUploadedFiles(
  workspaceId: string,
  files: readonly UploadedFile[],
  database: pg.Pool = pool,
): Promise<UploadResult> {
  const { usable, problems } = usableFiles(files);
  const byPath = new Map(usable.map((file) => [file.path, file]));
  const pageIds = pageIdsOf(workspaceId, inReadingOrder([...byPath.keys()]));
  const places = pageTree(workspaceId, pageIds);
  const pages: { place: PagePlace; read: ReadPage }[] = [];
  for (const place of places) {
    const file = byPath.get(place.path);
    if (file === undefined) continue;
    try {
      pages.push({ place, read: await readPage({ path: file.path, markdown: file.text }) });
    } catch (error) {
      if (!(error instanceof ContentError)) throw error;
      problems.push({ path: file.path, message: error.message });
    }
  }
  const lockedIds = [workspaceId, ...places.map(({ id }) => id)];
  return await contentTransaction(database, workspaceId, lockedIds, async ({ client, index }) => {
    const imported = await importedPages(client, workspaceId);
    const changed = pages.filter(({ place, read }) => imported.get(place.id)?.file !== read.fileHash);
    const added = changed.filter(({ place }) => !imported.has(place.id));
    await insertMissingPages(client, workspaceId, neededPlaces(places, changed));
    await writePages(
      client,
      workspaceId,
      changed.map(({ place, read }) => pageToWrite(read, place)),
    );
    await linkImported(
      client,
      workspaceId,
      changed.map(({ place, read }) => ({ id: place.id, inText: read.inText })),
      changed.map(({ place, read }) => ({ title: read.title ?? place.fallbackTitle, path: read.path })),
    );
    await index(
      "pages",
      changed.map(({ place }) => place.id),
      { priority: IMPORT_PRIORITY },
    );
    return {
      created: added.length,
      updated: changed.length - added.length,
      unchanged: pages.length - changed.length,
      problems,
    };
  });
}

/** The places of changed pages and of those above them. */
function neededPlaces(
  places: readonly PagePlace[],
  changed: readonly { readonly place: PagePlace }[],
): PagePlace[] {
  const byId = new Map(places.map((place) => [place.id, place]));
  const needed = new Set<string>();
  for (const { place } of changed) {
    for (let at: PagePlace | undefined = place; at !== undefined && !needed.has(at.id); ) {
      needed.add(at.id);
      at = at.parentId === null ? undefined : byId.get(at.parentId);
    }
  }
  return places.filter(({ id }) => needed.has(id));
}
