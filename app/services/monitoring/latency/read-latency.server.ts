import type { Database } from "../../../db.server.ts";
import { EMBEDDING_TABLES } from "../../../embedding-tables.ts";
import { isMetricsSchemaMissing } from "../recording/metrics-schema-missing.ts";
import {
  type LatencySlot,
  MINUTE_SECONDS,
  QUARTER_SECONDS,
  slotStart,
} from "../recording/recorded-figures.ts";
import { recorder } from "../recording/recorder.server.ts";
import type { LatencyMetrics, LatencySeries, LatencyWindow, TableLatency } from "../vector-metrics.ts";
import { lastVectorOf } from "./last-vector.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import type { Slot } from "./slot.ts";

const WINDOWS = [
  { minutes: 5, slotSeconds: MINUTE_SECONDS },
  { minutes: 60, slotSeconds: MINUTE_SECONDS },
  { minutes: 1440, slotSeconds: QUARTER_SECONDS },
] as const;
type Window = (typeof WINDOWS)[number];

const [, HOUR, DAY] = WINDOWS;

/**
 * How long searches took, of all processes of the app; up to 15 seconds behind, as the processes store their figures
 * that often. A window ends with the slot that `at` lies in, so that it is up to a slot shorter than its name.
 *
 * Where the schema `vector_metrics` is not there, the figures of this process.
 * @throws errors of `pg` otherwise
 */
export async function readLatency(db: Database, at: Date = new Date()): Promise<LatencyMetrics> {
  const stored = await readSlots(db, at);
  const slots = stored ?? recorder.unstored().latencies;
  return {
    stored: stored !== null,
    windows: WINDOWS.map((window) => windowOf(slotsWithin(slots, window, at), window)),
    series: [HOUR, DAY].flatMap((window) => seriesOf(slotsWithin(slots, window, at), window)),
    lastVector: lastVectorOf(slots),
  };
}

interface Row extends Omit<LatencySlot, "histogram"> {
  /** Arrays as text: `{1,2}`. */
  readonly buckets: string;
  readonly searches: string;
  readonly slowest: number;
}

const COLUMNS = `slot_seconds AS seconds, extract(epoch FROM slot)::float8 * 1000 AS start, table_name AS table,
  column_type AS "columnType", shadow, buckets::text, searches::text, slowest_ms AS slowest`;

/**
 * $1, $2 from when on: both ranges by the primary key, the slots of an hour by minute, those of a day by quarter of an
 * hour. $3 names of tables: of each the slots of the 24 hours up to the last one in which vector answered, by the index
 * `search_latencies_vector_idx`, whose condition stands here word by word; those of the day are there already.
 */
const SLOTS = `
  SELECT ${COLUMNS} FROM vector_metrics.search_latencies
  WHERE slot_seconds = ${MINUTE_SECONDS} AND slot >= $1::timestamptz
  UNION ALL
  SELECT ${COLUMNS} FROM vector_metrics.search_latencies
  WHERE slot_seconds = ${QUARTER_SECONDS} AND slot >= $2::timestamptz
  UNION ALL
  SELECT ${COLUMNS} FROM unnest($3::text[]) AS searched (name)
  CROSS JOIN LATERAL (
    SELECT max(slot) AS last_slot FROM vector_metrics.search_latencies
    WHERE table_name = name AND slot_seconds = ${QUARTER_SECONDS} AND column_type = 'vector' AND NOT shadow
  ) AS newest
  CROSS JOIN LATERAL (
    SELECT * FROM vector_metrics.search_latencies
    WHERE table_name = name AND slot_seconds = ${QUARTER_SECONDS} AND column_type = 'vector' AND NOT shadow
      AND slot > last_slot - interval '24 hours' AND slot < $2::timestamptz
    -- As many as there are in a day: so the planner reads each table's by the index, and not all that are older.
    ORDER BY slot DESC LIMIT 96
  ) AS earlier`;

/** Null where nothing can be stored. */
async function readSlots(db: Database, at: Date): Promise<Slot[] | null> {
  try {
    const firsts = [HOUR, DAY].map((window) => new Date(firstSlot(window, at)));
    const tables = EMBEDDING_TABLES.map(({ name }) => name);
    const { rows } = await db.query<Row>(SLOTS, [...firsts, tables]);
    return rows.map(({ buckets, searches, slowest, ...slot }) => ({
      ...slot,
      histogram: { buckets: numbersOf(buckets), searches: numbersOf(searches), slowest },
    }));
  } catch (error) {
    if (isMetricsSchemaMissing(error)) return null;
    throw error;
  }
}

function numbersOf(array: string): number[] {
  return array.slice(1, -1).split(",").map(Number);
}

function firstSlot({ minutes, slotSeconds }: Window, at: Date): number {
  return slotStart(at.getTime(), slotSeconds) - minutes * 60_000 + slotSeconds * 1_000;
}

function slotsWithin(slots: readonly Slot[], window: Window, at: Date): Slot[] {
  const first = firstSlot(window, at);
  return slots.filter(({ seconds, start }) => seconds === window.slotSeconds && start >= first);
}

/** Searches that nobody waited for come last; then by table and type. */
function windowOf(slots: readonly Slot[], { minutes }: Window): LatencyWindow {
  const kinds = summedBy(slots, ({ shadow, table, columnType }) => [Number(shadow), table, columnType]);
  const rows = kinds.map(({ slot: { table, columnType, shadow }, histogram }): TableLatency => {
    return { table, columnType, shadow, ...histogram.figures() };
  });
  return { minutes, rows };
}

/** A line for each type, over all tables. */
function seriesOf(slots: readonly Slot[], { minutes }: typeof HOUR | typeof DAY): LatencySeries[] {
  const lines = new Map<string, LatencySeries & { points: LatencySeries["points"][number][] }>();
  const points = summedBy(slots, ({ shadow, columnType, start }) => [Number(shadow), columnType, start]);
  for (const { slot, histogram } of points) {
    const { columnType, shadow, start } = slot;
    const key = `${columnType} ${shadow}`;
    const line = lines.get(key) ?? { minutes, columnType, shadow, points: [] };
    lines.set(key, line);
    line.points.push({ at: new Date(start).toISOString(), ...histogram.figures() });
  }
  return [...lines.values()];
}

interface Sum {
  /** One of those that were added up, for what they have in common. */
  readonly slot: Slot;
  readonly histogram: LatencyHistogram;
}

/** Adds up the slots that have the same key, in the order of the keys. */
function summedBy(slots: readonly Slot[], keyOf: (slot: Slot) => readonly (string | number)[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const slot of slots) {
    const key = keyOf(slot).join(" ");
    const sum = sums.get(key) ?? { slot, histogram: new LatencyHistogram() };
    sums.set(key, sum);
    sum.histogram.add(slot.histogram);
  }
  // Milliseconds since 1970 have as many digits each, so that they sort as text.
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}
