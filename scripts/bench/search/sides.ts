import type pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { forgetEmbeddingColumns } from "../../../app/services/embedding-columns.server.ts";
import type { EVERY_WORKSPACE } from "../../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../../app/services/rag/vector-search.server.ts";
import { syntheticVectors } from "../../../app/services/synthetic/synthetic-vectors.ts";
import type { PgbenchTransaction } from "../pgbench.ts";
import { recordingDatabase } from "../recording-database.ts";
import { SEED } from "../scratch-database.ts";

/** Both columns stand, indexed: the app is told which one to read. */
export const SIDES = ["vector", "halfvec"] as const;
export type Side = (typeof SIDES)[number];

/** What one search asks for, besides the vector. */
export interface Asked {
  limit: number;
  efSearch: number;
  workspaceId: string | typeof EVERY_WORKSPACE;
}

/** Vectors like those of the rows, and not among them. */
export function queryVectors(table: EmbeddingTable, count: number): number[][] {
  const vectors = syntheticVectors({
    seed: SEED,
    dimensions: table.dimensions,
    stream: `queries of ${table.name}`,
  });
  return Array.from({ length: count }, () => [...vectors.next().value.vector]);
}

/** Makes the app read one column of all tables, as the flag does. */
export async function takeSide(pool: pg.Pool, tables: readonly EmbeddingTable[], side: Side): Promise<void> {
  await pool.query(
    `INSERT INTO halfvec_migration.settings (name, value, updated_by) VALUES ('vector_column', to_jsonb($1::text), 'bench')
     ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`,
    [side],
  );
  for (const table of tables) forgetEmbeddingColumns(table, pool);
}

/** The statements that the search service sends for each of these queries, with their parameters as text. */
export async function sentStatements(
  pool: pg.Pool,
  table: EmbeddingTable,
  vectors: readonly number[][],
  asked: Asked,
): Promise<PgbenchTransaction[]> {
  const transactions: PgbenchTransaction[] = [];
  for (const vector of vectors) {
    const { database, sent } = recordingDatabase(pool);
    await searchEmbeddings({ table, vector, ...asked }, database);
    transactions.push(sent.filter(({ text }) => text.includes("<=>")));
  }
  return transactions;
}
