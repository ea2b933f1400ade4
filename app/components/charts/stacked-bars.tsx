import { scaleLinear } from "d3-scale";
import { stack } from "d3-shape";
import { useId } from "react";
import { BarAxis } from "./bar-axis.tsx";
import { ChartFrame } from "./chart-frame.tsx";
import { HATCHES, Hatching } from "./hatching.tsx";
import { NumberTable } from "./number-table.tsx";

export interface Segment {
  readonly key: string;
  readonly label: string;
}

export interface Bar {
  readonly label: string;
  /** When or how it was measured. */
  readonly note: string;
  /** Drawn with a broken outline, as it is not measured. */
  readonly forecast: boolean;
  /** By the key of its segment; one that is missing counts as 0. */
  readonly values: Readonly<Record<string, number>>;
}

interface StackedBarsProps {
  title: string;
  unit: string;
  /** In the order in which they lie on each other; at most {@link HATCHES} of them. */
  segments: readonly Segment[];
  bars: readonly Bar[];
  empty: string;
  format: (value: number) => string;
  /** Where the axis has its marks, for a largest value; thousands and millions unless given. */
  ticks?: (largest: number) => readonly number[];
}

/** Lying bars of several parts, one below the other, on one axis. Parts differ in colour and in hatching. */
export function StackedBars({
  title,
  unit,
  segments,
  bars,
  empty,
  format,
  ticks = (largest) => scaleLinear().domain([0, largest]).ticks(4),
}: StackedBarsProps) {
  const id = useId().replaceAll(":", "");
  const totals = bars.map(({ values }) => segments.reduce((sum, { key }) => sum + (values[key] ?? 0), 0));
  const largest = Math.max(0, ...totals);
  const x = scaleLinear()
    .domain([0, largest || 1])
    .range([0, 100]);
  const layers = stack<Bar, string>()
    .keys(segments.map(({ key }) => key))
    .value(({ values }, key) => values[key] ?? 0)([...bars]);
  return (
    <ChartFrame
      title={title}
      unit={unit}
      empty={largest === 0 ? empty : null}
      summary={bars.map(({ label }, bar) => `${label}: ${format(totals[bar] ?? 0)}.`).join(" ")}
      legend={<SegmentLegend id={id} segments={segments} />}
      table={
        <NumberTable
          caption={title}
          columns={["", ...segments.map(({ label }) => label), "Total"]}
          rows={bars.map(({ label, values }, bar) => ({
            name: label,
            cells: [...segments.map(({ key }) => format(values[key] ?? 0)), format(totals[bar] ?? 0)],
          }))}
        />
      }
    >
      {({ labelledBy }) => (
        <div className="chart-bars" role="img" aria-labelledby={labelledBy}>
          {bars.map(({ label, note, forecast, values }, bar) => (
            <div key={label} className="chart-bar">
              <span className="chart-bar-name">
                {label} <span className="chart-bar-note">{note}</span>
              </span>
              <svg aria-hidden="true" className={forecast ? "stack stack-forecast" : "stack"}>
                {segments.map(({ key, label: part }, position) => {
                  const [from = 0, to = 0] = layers[position]?.[bar] ?? [];
                  const place = { x: `${x(from)}%`, width: `${x(to) - x(from)}%`, height: "100%" };
                  return (
                    <g key={key} className={`segment segment-${position}`}>
                      <title>{`${label}, ${part}: ${format(values[key] ?? 0)}`}</title>
                      <rect className="segment-ground" {...place} />
                      <rect fill={`url(#${id}-${position})`} {...place} />
                      {to > from && <rect className="segment-edge" {...place} />}
                    </g>
                  );
                })}
              </svg>
              <span className="chart-bar-total">{format(totals[bar] ?? 0)}</span>
            </div>
          ))}
          <BarAxis
            ticks={ticks(largest)}
            x={x}
            format={format}
            anchor={(tick) => (tick === 0 ? "start" : "middle")}
          />
        </div>
      )}
    </ChartFrame>
  );
}

/** Also holds the hatchings that the bars use. */
function SegmentLegend({ id, segments }: { id: string; segments: readonly Segment[] }) {
  return (
    <ul className="chart-legend">
      {segments.slice(0, HATCHES).map(({ key, label }, position) => (
        <li key={key}>
          <svg viewBox="0 0 22 12" aria-hidden="true" className={`segment segment-${position}`}>
            <Hatching id={`${id}-${position}`} kind={position} />
            <rect className="segment-ground" width="22" height="12" />
            <rect fill={`url(#${id}-${position})`} width="22" height="12" />
            <rect className="segment-edge" width="22" height="12" />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
