import { filledColumn } from "../../halfvec/status.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import type { ProgressPoint } from "../vector-metrics.ts";
import { progressPoints, type StoredProgress } from "./progress-points.ts";

/** Most points of one table: as many as a chart can tell apart. */
const MOST_POINTS = 120;
/** A conversion says every two seconds why it waits; what is older was said by one that has ended. */
const SAID_SECONDS = 15;

/** The course of the conversion of one table. */
export interface Progress {
  /** Why it waits now, or null. */
  readonly throttle: string | null;
  readonly points: readonly ProgressPoint[];
}

interface Row {
  readonly table: string;
  readonly throttle: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly converted: number;
  readonly hot: number;
}

// However long a conversion ran and stored its progress: one look into the index for each point, at even distances.
const PROGRESS = `
  SELECT c.table_name AS table, s.throttle, extract(epoch FROM s.measured_at)::float8 * 1000 AS at,
         s.rows_converted::float8 AS converted, s.rows_hot::float8 AS hot
  FROM unnest($1::text[], $2::text[]) AS c (table_name, column_name)
  CROSS JOIN LATERAL (SELECT min(p.measured_at) AS first, max(p.measured_at) AS last
                      FROM halfvec_migration.progress p
                      WHERE p.table_name = c.table_name AND p.column_name = c.column_name) AS course
  CROSS JOIN generate_series($3::int - 1, 0, -1) AS back
  CROSS JOIN LATERAL (
    SELECT p.measured_at, p.rows_converted, p.rows_hot,
           CASE WHEN back = 0 AND p.measured_at > now() - interval '${SAID_SECONDS} seconds' THEN p.throttle END AS throttle
    FROM halfvec_migration.progress p
    WHERE p.table_name = c.table_name AND p.column_name = c.column_name
      AND p.measured_at <= course.last - (course.last - course.first) * (back::float8 / ($3 - 1))
    ORDER BY p.measured_at DESC LIMIT 1) AS s
  ORDER BY c.table_name, back DESC`;

/** The course of each conversion, by the name of its table. @throws where the bookkeeping does not stand (42P01). */
export async function readProgress(
  { db }: SharedLook,
  tables: readonly LookedAtTable[],
): Promise<ReadonlyMap<string, Progress>> {
  const { rows } = await db.query<Row>(PROGRESS, [
    tables.map(({ table }) => table.name),
    tables.map(({ table, catalog }) => filledColumn(table, catalog)),
    MOST_POINTS,
  ]);
  const courses = new Map<string, { throttle: string | null; stored: StoredProgress[] }>();
  for (const { table, throttle, at, converted, hot } of rows) {
    const course = courses.get(table) ?? { throttle: null, stored: [] };
    courses.set(table, course);
    course.throttle = throttle;
    // Where little was stored, several distances end at the same point.
    if (course.stored.at(-1)?.at.getTime() !== at) course.stored.push({ at: new Date(at), converted, hot });
  }
  return new Map(
    [...courses].map(([table, { throttle, stored }]) => [
      table,
      { throttle, points: progressPoints(stored) },
    ]),
  );
}
