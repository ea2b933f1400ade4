import { filledColumn } from "../../halfvec/status.ts";
import type { LookedAtTable, SharedLook } from "../snapshot/shared-look.server.ts";
import type { ProgressPoint } from "../vector-metrics.ts";
import { progressPoints } from "./progress-points.ts";

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
  readonly points: readonly { at: string; converted: number; hot: number }[] | null;
}

// However long a conversion ran and stored its progress: one look into the index for each point, at even distances.
const PROGRESS = `
  SELECT c.table_name AS table,
         (SELECT CASE WHEN p.measured_at > now() - interval '${SAID_SECONDS} seconds' THEN p.throttle END
          FROM halfvec_migration.progress p
          WHERE p.table_name = c.table_name AND p.column_name = c.column_name
          ORDER BY p.measured_at DESC LIMIT 1) AS throttle,
         (SELECT jsonb_agg(DISTINCT jsonb_build_object(
                   'at', s.measured_at, 'converted', s.rows_converted, 'hot', s.rows_hot))
          FROM (SELECT min(p.measured_at) AS first, max(p.measured_at) AS last
                FROM halfvec_migration.progress p
                WHERE p.table_name = c.table_name AND p.column_name = c.column_name) AS course
          CROSS JOIN generate_series(0, $3::int - 1) AS step
          CROSS JOIN LATERAL (
            SELECT p.measured_at, p.rows_converted, p.rows_hot
            FROM halfvec_migration.progress p
            WHERE p.table_name = c.table_name AND p.column_name = c.column_name
              AND p.measured_at <= course.last - (course.last - course.first) * ((($3 - 1) - step)::float8 / ($3 - 1))
            ORDER BY p.measured_at DESC LIMIT 1) AS s) AS points
  FROM unnest($1::text[], $2::text[]) AS c (table_name, column_name)`;

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
  return new Map(
    rows.map(({ table, throttle, points }) => {
      const stored = (points ?? []).map(({ at, converted, hot }) => ({ at: new Date(at), converted, hot }));
      stored.sort((a, b) => a.at.getTime() - b.at.getTime() || a.converted - b.converted);
      return [table, { throttle, points: progressPoints(stored) }];
    }),
  );
}
