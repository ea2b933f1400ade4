import type { VectorColumnFlag } from "../env.server.ts";
import type { VectorType } from "./embedding-columns.server.ts";

/**
 * The type as which a vector is sent to a column. `vector` is right for either: a halfvec column casts it, and searches
 * it by its index. So where the flag asks for `vector`, it is sent as that whatever the column is, and neither a
 * search nor a write minds when a rollback gives the column its old type again.
 */
export function sentType(column: VectorType, flag: VectorColumnFlag): VectorType {
  return flag === "vector" ? "vector" : column;
}
