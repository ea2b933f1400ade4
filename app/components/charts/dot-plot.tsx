import { scaleLinear } from "d3-scale";
import { BarAxis } from "./bar-axis.tsx";
import { ChartFrame } from "./chart-frame.tsx";
import { Marker, MarkerAt } from "./marker.tsx";
import { NumberTable } from "./number-table.tsx";
import { type LineStyle, markerOf } from "./point.ts";

export interface DotSeries {
  readonly key: string;
  readonly label: string;
  readonly style: LineStyle;
}

interface DotPlotProps {
  title: string;
  unit: string;
  series: readonly DotSeries[];
  /** Values by the key of their series; null where there is none. */
  rows: readonly {
    readonly name: string;
    readonly note: string;
    readonly values: Readonly<Record<string, number | null>>;
  }[];
  empty: string;
  format: (value: number) => string;
  /** The axis ends here, and begins at a round number below the smallest value. */
  to: number;
}

/** Of the height: dots of the same value stand above each other, and none hides another. */
const DOTS_APART = 40;

/** Some values of each of several things on one axis, to be compared at a glance. The axis need not begin at 0. */
export function DotPlot({ title, unit, series, rows, empty, format, to }: DotPlotProps) {
  const valued = series.filter(({ key }) => rows.some(({ values }) => values[key] != null));
  const all = rows.flatMap(({ values }) => valued.map(({ key }) => values[key]).filter((one) => one != null));
  const lowest = Math.min(to, ...all);
  // No narrower than a hundredth: less is noise, and its marks would read the same.
  const x = scaleLinear()
    .domain([to - Math.max((to - lowest) * 1.15, to / 100), to])
    .nice(4)
    .range([0, 100]);
  const text = (value: number | null | undefined) => (value == null ? "–" : format(value));
  return (
    <ChartFrame
      title={title}
      unit={unit}
      empty={all.length === 0 ? empty : null}
      summary={rows
        .map(({ name, values }) => {
          const said = valued.map(({ key, label }) => `${label} ${text(values[key])}`);
          return `${name}: ${said.join(", ")}.`;
        })
        .join(" ")}
      legend={
        <ul className="chart-legend">
          {valued.map(({ key, label, style }) => (
            <li key={key}>
              <svg viewBox="0 0 12 12" aria-hidden="true" className={`end-${style}`}>
                <g transform="translate(6 6)">
                  <Marker shape={markerOf(style)} />
                </g>
              </svg>
              {label}
            </li>
          ))}
        </ul>
      }
      table={
        <NumberTable
          caption={title}
          columns={["", ...valued.map(({ label }) => label)]}
          rows={rows.map(({ name, values }) => ({ name, cells: valued.map(({ key }) => text(values[key])) }))}
        />
      }
    >
      {({ labelledBy }) => (
        <div className="chart-bars chart-dots" role="img" aria-labelledby={labelledBy}>
          {rows.map(({ name, note, values }) => (
            <div key={name} className="chart-bar">
              <span className="chart-bar-name">
                {name} <span className="chart-bar-note">{note}</span>
              </span>
              <svg aria-hidden="true" className="dots">
                <line className="dots-line" x1="0" x2="100%" y1="50%" y2="50%" />
                {valued.map(({ key, label, style }, position) => {
                  const value = values[key];
                  if (value == null) return null;
                  return (
                    <g key={key} className={`end end-${style}`}>
                      <title>{`${name}, ${label}: ${format(value)}`}</title>
                      <MarkerAt
                        shape={markerOf(style)}
                        x={x(value)}
                        y={50 + DOTS_APART * (position - (valued.length - 1) / 2)}
                      />
                    </g>
                  );
                })}
              </svg>
            </div>
          ))}
          <BarAxis ticks={x.ticks(4)} x={x} format={format} anchor={(tick) => anchorAt(x(tick))} />
        </div>
      )}
    </ChartFrame>
  );
}

/** Where a mark of the axis begins, so that those at its ends stay within the picture. */
function anchorAt(percent: number): "start" | "middle" | "end" {
  if (percent < 1) return "start";
  return percent > 99 ? "end" : "middle";
}
