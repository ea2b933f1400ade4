/** SQLSTATEs of a table or a schema that is not there. */
const NOT_THERE = new Set(["42P01", "3F000"]);

/** Whether an error of `pg` means that the schema `vector_metrics` is not there: nothing was recorded in this database. */
export function isMetricsSchemaMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && NOT_THERE.has(String(error.code));
}
