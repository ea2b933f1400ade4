import { prettyBytes } from "../../services/monitoring/pretty-bytes.ts";
import type {
  ForecastStorage,
  IndexStorage,
  Section,
  StorageComparison,
  StorageMetrics,
} from "../../services/monitoring/vector-metrics.ts";
import { byteTicks } from "../charts/byte-ticks.ts";
import { NumberTable } from "../charts/number-table.tsx";
import { type Bar, StackedBars } from "../charts/stacked-bars.tsx";
import { reductionText } from "./figures.ts";
import { Part } from "./part.tsx";
import { ProfileTables } from "./profile-tables.tsx";

/** In place of a figure. */
const NOTHING = "–";

const SEGMENTS = [
  { key: "heap", label: "heap" },
  { key: "toast", label: "TOAST" },
  { key: "vector", label: "vector index" },
  { key: "halfvec", label: "halfvec index" },
  { key: "other", label: "other indexes" },
];

/** What the tables took before, at most, now, and what they will take. */
export function StoragePart({ section }: { section: Section<StorageMetrics> }) {
  return (
    <Part
      title="Storage"
      lead="Dropping a column returns nothing: the space comes back when contract rewrites the tables."
      section={section}
    >
      {({ tables, total, profiles }) => (
        <>
          <Chart title="All tables" comparison={total} />
          <NumberTable
            caption="Storage of each table"
            {...known(
              ["Before", "Peak", "Now", "After*", "Table", "Index", "Total"],
              [...tables, { ...total, table: "All tables" }].map((comparison) => ({
                name: comparison.table,
                cells: cellsOf(comparison),
              })),
            )}
            note={noteOn(total)}
          />
          <ProfileTables profiles={profiles} />
          <details className="more">
            <summary>Each table and its indexes</summary>
            <div className="chart-pair">
              {tables.map((table) => (
                <div key={table.table}>
                  <Chart title={table.table} comparison={table} />
                  <Indexes indexes={table.indexes} />
                </div>
              ))}
            </div>
          </details>
        </>
      )}
    </Part>
  );
}

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

/** Without the columns in which nothing is known yet, or any more: on a phone they push the others out of sight. */
function known(columns: readonly string[], rows: readonly Row[]) {
  const isKnown = (_: string, position: number) => rows.some(({ cells }) => cells[position] !== NOTHING);
  return {
    columns: ["", ...columns.filter(isKnown)],
    rows: rows.map(({ name, cells }) => ({ name, cells: cells.filter(isKnown) })),
  };
}

function noteOn({ reduction, after }: StorageComparison): string | undefined {
  const against =
    "Table, index and total against before expand; index: all search indexes on halfvec, compact ones too, against the vector index.";
  const notes = [...(reduction ? [against] : []), ...(after ? ["* A forecast, not measured."] : [])];
  return notes.length === 0 ? undefined : notes.join(" ");
}

function Chart({ title, comparison }: { title: string; comparison: StorageComparison }) {
  return (
    <StackedBars
      title={title}
      unit="heap, TOAST and indexes"
      segments={SEGMENTS}
      bars={barsOf(comparison)}
      empty="There are no tables yet."
      format={prettyBytes}
      ticks={byteTicks}
    />
  );
}

function barsOf({ before, peak, now, after }: StorageComparison): Bar[] {
  const day = ({ measuredAt }: { measuredAt: string }) => measuredAt.slice(0, 10);
  return [
    ...(before === null
      ? []
      : [{ label: "Before", note: day(before), forecast: false, values: valuesOf(before) }]),
    ...(peak === null ? [] : [{ label: "Peak", note: day(peak), forecast: false, values: valuesOf(peak) }]),
    { label: "Now", note: "measured live", forecast: false, values: valuesOf(now) },
    ...(after === null
      ? []
      : [{ label: "After contract", note: "forecast", forecast: true, values: valuesOf(after) }]),
  ];
}

function valuesOf(figures: ForecastStorage): Record<string, number> {
  return {
    heap: figures.heapBytes,
    toast: figures.toastBytes,
    vector: figures.vectorIndexBytes,
    halfvec: figures.halfvecIndexBytes,
    other: figures.otherIndexBytes,
  };
}

function cellsOf({ before, peak, now, after, reduction }: StorageComparison): string[] {
  const bytes = (figures: ForecastStorage | null) =>
    figures === null ? NOTHING : prettyBytes(figures.totalBytes);
  const { table = null, index = null, total = null } = reduction?.now ?? {};
  return [...[before, peak, now, after].map(bytes), ...[table, index, total].map(reductionText)];
}

function Indexes({ indexes }: { indexes: readonly IndexStorage[] }) {
  return (
    <ul className="index-list">
      {indexes.map(({ name, column, method, operatorClass, valid, bytes }) => (
        <li key={name}>
          <code>{name}</code> {prettyBytes(bytes)}
          <span className="quiet">
            {" "}
            {method}
            {column !== null && ` on ${column}`}, {operatorClass}
            {!valid && ", INVALID"}
          </span>
        </li>
      ))}
    </ul>
  );
}
