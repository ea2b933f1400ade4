import type { ProgressPoint, TableMigration } from "../../services/monitoring/vector-metrics.ts";
import { LineChart } from "../charts/line-chart.tsx";
import type { Line, LineStyle } from "../charts/point.ts";
import { countText, shareText } from "./figures.ts";

const STYLES: readonly LineStyle[] = ["first", "second", "third", "fourth"];

/** Rate and HOT share over the conversion of all tables, once there is a conversion. */
export function ConversionCharts({ tables }: { tables: readonly TableMigration[] }) {
  if (!tables.some(({ conversion }) => conversion !== null)) return null;
  const empty = "No figures were kept of this conversion yet.";
  return (
    <div className="chart-pair">
      <LineChart
        title="Rate of the conversion"
        unit="rows a second"
        lines={linesOf(tables, ({ rowsPerSecond }) => rowsPerSecond)}
        empty={empty}
        format={countText}
      />
      <LineChart
        title="HOT updates"
        unit="share of the updates that touched no index"
        lines={linesOf(tables, ({ hotShare }) => hotShare)}
        empty={empty}
        format={(share) => shareText(share)}
        to={1}
      />
    </div>
  );
}

function linesOf(tables: readonly TableMigration[], pick: (point: ProgressPoint) => number | null): Line[] {
  return tables.map(({ table, progress }, position) => ({
    label: table.replace(/_embeddings$/, ""),
    style: STYLES[position % STYLES.length] as LineStyle,
    points: progress.flatMap((point) => {
      const value = pick(point);
      return value === null ? [] : [{ at: Date.parse(point.at), value }];
    }),
  }));
}
