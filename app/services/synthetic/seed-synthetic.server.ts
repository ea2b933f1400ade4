import type pg from "pg";
import type { EmbeddingTable } from "../../embedding-tables.ts";
import {
  type CopyResult,
  type CopySyntheticOptions,
  copySynthetic,
  countRows,
} from "./copy-synthetic.server.ts";
import { hnswIndexes, withoutHnswIndexes } from "./hnsw-rebuild.server.ts";
import { insertSynthetic } from "./insert-synthetic.server.ts";
import { checkSyntheticOptions } from "./synthetic-options.ts";
import { syntheticWorkspaceId } from "./synthetic-rows.ts";

export interface SeedSyntheticOptions extends CopySyntheticOptions {
  /** `copy`: one binary COPY. `insert`: many-row INSERTs, for a server that cannot take COPY. */
  method: "copy" | "insert";
  /** Take the HNSW indexes down for the load and build them after it. Only done on an empty table. Default true. */
  rebuildIndexes?: boolean | undefined;
}

export interface SeedSyntheticResult extends CopyResult {
  /** Names of the HNSW indexes that were taken down and built again. */
  readonly rebuiltIndexes: readonly string[];
  /** Milliseconds of building them. */
  readonly buildMilliseconds: number;
  /** Whether the rows went through HNSW indexes one by one, because the table had rows. */
  readonly throughIndexes: boolean;
}

/**
 * Adds generated rows to an embedding table in the fastest way that its state allows, and their workspaces.
 * @throws {SyntheticOptionsError} before anything is sent
 */
export async function seedSynthetic(
  client: pg.ClientBase,
  table: EmbeddingTable,
  options: SeedSyntheticOptions,
): Promise<SeedSyntheticResult> {
  checkSyntheticOptions(options);
  const { seed, workspaces = 3, rebuildIndexes = true, method } = options;
  const present = await countRows(client, table);
  const ids = Array.from({ length: workspaces }, (_, index) => syntheticWorkspaceId(seed, index));
  const names = ids.map((_, index) => `Synthetic ${seed}-${index + 1}`);
  await client.query(
    `INSERT INTO workspaces (id, name) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT (id) DO NOTHING`,
    [ids, names],
  );
  const load = () =>
    method === "copy" ? copySynthetic(client, table, options) : insertSynthetic(client, table, options);
  if (!rebuildIndexes || present > 0) {
    const throughIndexes = (await hnswIndexes(client, table)).length > 0;
    return { ...(await load()), rebuiltIndexes: [], buildMilliseconds: 0, throughIndexes };
  }
  const { result, indexes, buildMilliseconds } = await withoutHnswIndexes(client, table, load);
  return {
    ...result,
    rebuiltIndexes: indexes.map(({ name }) => name),
    buildMilliseconds,
    throughIndexes: false,
  };
}
