import type pg from "pg";
import { BLOCK_EMBEDDINGS, DOCUMENTS, PAGE_EMBEDDINGS } from "../../embedding-tables.ts";
import { writePages } from "../content/write-pages.server.ts";
import { embeddingTransaction, lockEntities } from "../embeddings/embedding-transaction.server.ts";
import type { EmbeddingProvider } from "../embeddings/provider.ts";
import { forgetFailures } from "../indexing/claimed-job.server.ts";
import { embedRows } from "../indexing/index-entity.server.ts";
import { hashesOf } from "../indexing/indexed-rows.server.ts";
import { chunkingFor, type EntityPlan, planEntity } from "../indexing/plan-entity.ts";
import { readEntity } from "../indexing/read-entity.server.ts";
import { syncEntity } from "../indexing/sync-entity.server.ts";
import { pageVersions } from "./page-rows.server.ts";
import type { PagePlace } from "./page-tree.ts";
import { pageToWrite, type ReadPage } from "./planned-page.ts";

/** A file that fits the limit, as the page it becomes. */
export interface PlannedPage {
  readonly id: string;
  readonly read: ReadPage;
  readonly plan: EntityPlan;
  /** How many different texts are to be embedded. */
  readonly textCount: number;
  readonly hash: string;
}

export type PageToImport = PlannedPage & { readonly place: PagePlace };

interface GroupOptions {
  readonly database: pg.Pool;
  readonly provider: EmbeddingProvider;
  readonly workspaceId: string;
  /** Those that were there when it was decided what to write, as {@link pageVersions} reads them. */
  readonly versions: ReadonlyMap<string, string>;
  readonly signal: AbortSignal | undefined;
}

/** What was written of a group. */
export interface GroupWritten {
  readonly pages: readonly PageToImport[];
  /** How many they have. */
  readonly blocks: number;
}

/**
 * Embeds what is new in a few pages in one call, and writes all that belongs to the pages in one transaction. A page
 * that is another version by then than `versions` has was edited or deleted meanwhile, and is left as it is.
 */
export async function importGroup(
  { database, provider, workspaceId, versions, signal }: GroupOptions,
  group: readonly PageToImport[],
): Promise<GroupWritten> {
  const vectors = new Map<string, number[]>();
  const planned = new Map(group.flatMap(({ plan }) => plan.rows.map((row) => [row.hash, row] as const)));
  const tables = [PAGE_EMBEDDINGS, BLOCK_EMBEDDINGS, DOCUMENTS];
  const ids = group.map(({ id }) => id);
  const there = await hashesOf(database, workspaceId, ids);
  // Where a row that was there has gone meanwhile, everything is embedded, and the second time is the last.
  for (const left of [there, new Set<string>()]) {
    const missing = [...planned.values()].filter(({ hash }) => !left.has(hash) && !vectors.has(hash));
    await embedRows(missing, provider, vectors, signal);
    const written = await embeddingTransaction(database, tables, async (client, typeOf) => {
      await lockEntities(client, [workspaceId, ...ids]);
      const now = await pageVersions(client, ids, "FOR NO KEY UPDATE");
      const pages = group.filter(({ id }) => now.has(id) && now.get(id) === versions.get(id));
      const blocks = await writePages(
        client,
        workspaceId,
        pages.map(({ read, place, hash }) => pageToWrite(read, place, hash)),
      );
      const names = pages.map(({ id }) => ({ type: "pages", workspaceId, id }) as const);
      for (const name of names) {
        const plan = await planEntity(name, await readEntity(client, name), chunkingFor(provider));
        if ((await syncEntity(client, typeOf, name, plan, vectors)) === null) throw new RowsGoneError();
      }
      await forgetFailures(client, names);
      return { pages, blocks };
    }).catch((error: unknown) => {
      if (error instanceof RowsGoneError) return null;
      throw error;
    });
    if (written !== null) return written;
  }
  throw new Error(`The pages of ${group[0]?.read.path} and others change all the time; import them again`);
}

/** Rolls a transaction back. */
class RowsGoneError extends Error {}
