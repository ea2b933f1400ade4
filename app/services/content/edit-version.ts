import { type CurrentVersion, EditConflictError } from "./content-error.ts";

/**
 * SQL of the `updated_at` that a write gives a row, which tells its versions apart: in whole milliseconds, as JavaScript
 * has them, and later than the one before.
 * @param before the column as it was
 */
export function nextVersion(before: string): string {
  return `greatest(date_trunc('milliseconds', clock_timestamp()),
    date_trunc('milliseconds', ${before}) + interval '1 millisecond')`;
}

/**
 * Refuses to write over what the writer has not seen. Call it in the transaction that writes, with the row locked.
 * @param opened the version that the form was filled from; undefined: whatever is there is overwritten
 * @param updatedAt of the version that is there
 * @param fields what that one says
 * @throws {EditConflictError} where it is another one than `opened`
 */
export async function checkOpened(
  opened: Date | undefined,
  updatedAt: Date,
  fields: () => CurrentVersion["fields"] | Promise<CurrentVersion["fields"]>,
): Promise<void> {
  if (opened === undefined || opened.getTime() === updatedAt.getTime()) return;
  throw new EditConflictError({ updatedAt, fields: await fields() });
}
