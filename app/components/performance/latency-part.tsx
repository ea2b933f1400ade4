import { Link } from "@remix-run/react";
import { compareSpeed, type SpeedComparison } from "../../services/monitoring/latency/compare-speed.ts";
import type {
  LatencyFigures,
  LatencyMetrics,
  LatencySeries,
  Section,
  TableLatency,
} from "../../services/monitoring/vector-metrics.ts";
import { LineChart } from "../charts/line-chart.tsx";
import { NumberTable } from "../charts/number-table.tsx";
import type { Line, LineStyle } from "../charts/point.ts";
import { countText, dayText, millisecondsText } from "./figures.ts";
import { hrefOf, type PageAddress, type WindowMinutes } from "./page-address.ts";
import { Part } from "./part.tsx";

const WINDOWS: readonly { minutes: WindowMinutes; name: string }[] = [
  { minutes: 5, name: "5 minutes" },
  { minutes: 60, name: "1 hour" },
  { minutes: 1440, name: "24 hours" },
];

const PERCENTILES = [
  { key: "p50", style: { vector: "vector", halfvec: "halfvec" } },
  { key: "p95", style: { vector: "vector-high", halfvec: "halfvec-high" } },
  { key: "p99", style: { vector: "vector-highest", halfvec: "halfvec-highest" } },
] as const;

const MINUTE = 60_000;

interface LatencyPartProps {
  section: Section<LatencyMetrics>;
  address: PageAddress;
}

/** How long the app's own searches took, over the time that the reader chose. */
export function LatencyPart({ section, address }: LatencyPartProps) {
  const { minutes } = address;
  return (
    <Part
      title="Latency of search"
      lead="Searches of this app, as the database answered them. Shadow reads run beside a search, and nobody waits for them."
      section={section}
    >
      {(latency) => {
        const { stored, windows, series } = latency;
        const charted = minutes === 1440 ? 1440 : 60;
        const rows = windows.find((window) => window.minutes === minutes)?.rows ?? [];
        return (
          <>
            <Windows address={address} />
            <LineChart
              title={`Percentiles, ${charted === 60 ? "the last hour by minute" : "the last 24 hours by quarter of an hour"}`}
              unit="milliseconds"
              lines={series.filter((one) => one.minutes === charted && !one.shadow).flatMap(linesOf)}
              empty="No search yet in this time. The first one shows here within 15 seconds."
              format={millisecondsText}
              gap={charted === 60 ? 3 * MINUTE : 45 * MINUTE}
            />
            {rows.length === 0 ? (
              <p className="quiet">No search in the last {minutes === 60 ? "hour" : nameOf(minutes)}.</p>
            ) : (
              <NumberTable
                caption={`Latency of search, ${nameOf(minutes)}`}
                columns={["", "Searches", "p50", "p95", "p99", "Slowest"]}
                rows={rows.map((row) => ({ name: rowName(row), cells: cellsOf(row) }))}
              />
            )}
            <Compared comparisons={compareSpeed(latency)} />
            {!stored && (
              <p className="quiet">
                Only of this process since its start: the figures of others could not be stored.
              </p>
            )}
          </>
        );
      }}
    </Part>
  );
}

/** Vector is searched no more after the swap: what it was stays beside what halfvec is now. */
function Compared({ comparisons }: { comparisons: readonly SpeedComparison[] }) {
  if (comparisons.length === 0) return null;
  return (
    <>
      <h3>Halfvec now, and vector as it was measured last</h3>
      <NumberTable
        caption="Halfvec of the last 24 hours against vector as it was measured last"
        columns={["", "Searches", "p50", "p95", "p99", "Slowest"]}
        rows={comparisons.flatMap(({ table, halfvec, vector, slower }) => [
          { name: `${table}, halfvec${slower === true ? " (slower)" : ""}`, cells: cellsOf(halfvec) },
          { name: `${table}, vector until ${dayText(vector.until)}`, cells: cellsOf(vector) },
        ])}
        note="Each of 24 hours: of halfvec the last ones, of vector those up to its last search."
      />
    </>
  );
}

function Windows({ address }: { address: PageAddress }) {
  return (
    <nav className="sections windows" aria-label="Time of the latencies">
      {WINDOWS.map(({ minutes, name }) => (
        <Link
          key={minutes}
          to={hrefOf({ minutes })}
          preventScrollReset
          aria-current={minutes === address.minutes ? "page" : undefined}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

function nameOf(minutes: WindowMinutes): string {
  return WINDOWS.find((window) => window.minutes === minutes)?.name ?? "";
}

function linesOf({ columnType, points }: LatencySeries): Line[] {
  return PERCENTILES.map(({ key, style }) => ({
    label: `${key} ${columnType}`,
    style: style[columnType] satisfies LineStyle,
    points: points.map((point) => ({ at: Date.parse(point.at), value: point[key] })),
  }));
}

function rowName({ table, columnType, shadow }: TableLatency): string {
  return `${table}, ${columnType}${shadow ? " (shadow)" : ""}`;
}

function cellsOf({ searches, p50, p95, p99, max }: LatencyFigures): string[] {
  return [countText(searches), ...[p50, p95, p99, max].map(millisecondsText)];
}
