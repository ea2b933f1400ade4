import { scaleLinear } from "d3-scale";
import { ChartFrame } from "./chart-frame.tsx";
import { LineLegend } from "./line-legend.tsx";
import { LinePlot } from "./line-plot.tsx";
import { NumberTable } from "./number-table.tsx";
import type { LineStyle } from "./point.ts";

/** A setting, what it costs and what it gives. */
export interface CurvePoint {
  /** The setting in words. */
  readonly name: string;
  readonly cost: number;
  readonly gain: number;
  /** Whether it is the one in use. */
  readonly chosen: boolean;
}

export interface Curve {
  readonly label: string;
  readonly style: LineStyle;
  /** From cheap to dear. */
  readonly points: readonly CurvePoint[];
}

interface CurveChartProps {
  title: string;
  unit: string;
  curves: readonly Curve[];
  empty: string;
  /** What heads the settings, the costs and the gains in the table. */
  columns: readonly [string, string, string];
  formatCost: (cost: number) => string;
  formatGain: (gain: number) => string;
  /** The gains' axis reaches at least to here. */
  to: number;
}

/** What more cost gives: one line each way, cost to the right and gain upwards. */
export function CurveChart({
  title,
  unit,
  curves,
  empty,
  columns,
  formatCost,
  formatGain,
  to,
}: CurveChartProps) {
  const drawn = curves.filter(({ points }) => points.length > 0);
  const points = drawn.flatMap((curve) => curve.points);
  const x = scaleLinear()
    .domain([0, Math.max(...points.map(({ cost }) => cost)) || 1])
    .range([0, 100]);
  const y = scaleLinear()
    .domain([Math.min(to, ...points.map(({ gain }) => gain)), to])
    .nice(4)
    .range([100, 0]);
  return (
    <ChartFrame
      title={title}
      unit={unit}
      empty={drawn.length === 0 ? empty : null}
      summary={drawn.map((curve) => summaryOf(curve, formatCost, formatGain)).join(" ")}
      legend={<LineLegend lines={drawn.map(lineOf)} />}
      table={
        <NumberTable
          caption={title}
          columns={columns}
          rows={drawn.flatMap(({ label, points: settings }) =>
            settings.map(({ name, cost, gain, chosen }) => ({
              name: `${label}, ${name}${chosen ? " (in use)" : ""}`,
              cells: [formatCost(cost), formatGain(gain)],
            })),
          )}
        />
      }
    >
      {({ labelledBy }) => (
        <LinePlot
          lines={drawn.map(lineOf)}
          x={x}
          y={y}
          ticks={x.ticks(4).map((at) => ({ at, text: formatCost(at) }))}
          format={formatGain}
          labelledBy={labelledBy}
        />
      )}
    </ChartFrame>
  );
}

function lineOf({ label, style, points }: Curve) {
  return { label, style, points: points.map(({ cost, gain }) => ({ at: cost, value: gain })) };
}

function summaryOf(
  { label, points }: Curve,
  formatCost: (cost: number) => string,
  formatGain: (gain: number) => string,
): string {
  const used = points.find(({ chosen }) => chosen) ?? points.at(-1);
  if (used === undefined) return "";
  return `${label}: ${formatGain(used.gain)} in ${formatCost(used.cost)} with ${used.name}.`;
}
