import type { VectorColumnFlag } from "../../env.server.ts";
import type { EmbeddingColumn, EmbeddingColumns } from "../embedding-columns.server.ts";

/**
 * The column that a search reads. The flag is a wish: `vector` the old column, `halfvec` its twin, `auto` the
 * twin as soon as it is verified. Where the wished column has no usable index and the other one has, the other
 * one answers; after the swap there is one column only.
 */
export function searchedColumn(
  { live, twin }: Pick<EmbeddingColumns, "live" | "twin">,
  flag: VectorColumnFlag,
): EmbeddingColumn {
  if (twin === null || !twin.indexed) return live;
  if (!live.indexed) return twin;
  if (flag === "vector") return live;
  return flag === "halfvec" || twin.verified ? twin : live;
}
