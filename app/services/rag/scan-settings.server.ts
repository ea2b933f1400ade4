import { env } from "../../env.server.ts";
import type { EmbeddingColumn, EmbeddingColumns } from "../embedding-columns.server.ts";
import type { IndexScan } from "./similarity-sql/index-scan.ts";

/** How the index of a column is searched: as it was found to be best where that was measured, else as it is configured. */
export function scanSettings(
  { tuned }: EmbeddingColumn,
  { iterativeScan }: Pick<EmbeddingColumns, "iterativeScan">,
): IndexScan {
  if (tuned?.profile === "compact") return { compact: tuned.tuning, iterativeScan };
  return { efSearch: env.HNSW_EF_SEARCH, tuned: tuned?.tuning, iterativeScan };
}
