/**
 * The registry of embedding tables: which tables hold a vector column that moves to halfvec, and how the
 * app reads them. Data only; everything that searches, indexes or migrates works from this description.
 */
export interface EmbeddingTable {
  /** PostgreSQL schema. */
  readonly schema: string;
  /** Table name; also the name by which commands and events call it. */
  readonly name: string;
  /** The column the app reads: `vector` before the swap, `halfvec` after it. */
  readonly column: string;
  /** The halfvec column that stands beside `column` until the swap. */
  readonly twin: string;
  /** The original `vector` values after the swap, until contract. */
  readonly backup: string;
  /** Length of every vector in the column. */
  readonly dimensions: number;
  /** Columns of the primary key, in order. */
  readonly key: readonly string[];
  /** HNSW index on `vector` before the swap. */
  readonly vectorIndex: string;
  /** HNSW index on `halfvec`, on the twin before the swap and on the column after it. */
  readonly halfvecIndex: string;
  readonly hnsw: HnswOptions;
}

/** Build parameters of the HNSW indexes (pgvector's defaults unless a table says otherwise). */
export interface HnswOptions {
  readonly m: number;
  readonly efConstruction: number;
}

export const EMBEDDING_DIMENSIONS = 1536;

/** How long the app uses what it has read of the columns of a table, in milliseconds; a rollback waits for it. */
export const COLUMNS_FRESH_MS = 3_000;

function embeddingTable(name: string, vectorIndex: string): EmbeddingTable {
  return {
    schema: "public",
    name,
    column: "embedding",
    twin: "embedding_halfvec",
    backup: "embedding_vector_backup",
    dimensions: EMBEDDING_DIMENSIONS,
    key: ["id"],
    vectorIndex,
    halfvecIndex: `${name}_halfvec_hnsw_idx`,
    hnsw: { m: 16, efConstruction: 64 },
  };
}

export const PAGE_EMBEDDINGS = embeddingTable("page_embeddings", "page_embeddings_embedding_idx");
export const BLOCK_EMBEDDINGS = embeddingTable("block_embeddings", "block_embeddings_embedding_idx");
export const DATABASE_ROW_EMBEDDINGS = embeddingTable(
  "database_row_embeddings",
  "database_row_embeddings_embedding_idx",
);
export const DOCUMENTS = embeddingTable("documents", "documents_embedding_hnsw_idx");

export const EMBEDDING_TABLES: readonly EmbeddingTable[] = [
  PAGE_EMBEDDINGS,
  BLOCK_EMBEDDINGS,
  DATABASE_ROW_EMBEDDINGS,
  DOCUMENTS,
];
