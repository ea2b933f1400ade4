import type { ScaleLinear } from "d3-scale";
import { line as path } from "d3-shape";
import { unbroken } from "./down-sample.ts";
import { labelPlaces } from "./label-places.ts";
import { Marker, MarkerAt } from "./marker.tsx";
import { type Line, markerOf, type Point } from "./point.ts";

/** Up to so many points each has a mark of its own; of more, only the last one. */
const MARKED = 12;
/** Of the height, so that two lines of text do not touch. */
const LABELS_APART = 8;

interface LinePlotProps {
  /** Each with a point. */
  lines: readonly Line[];
  /** To percent of the width, from left to right. */
  x: (at: number) => number;
  /** To percent of the height, from the top. */
  y: ScaleLinear<number, number>;
  /** The marks of the axis below; a narrow screen leaves out every second. */
  ticks: readonly { readonly at: number; readonly text: string }[];
  /** A value as text, with its unit. */
  format: (value: number) => string;
  /** Without a point for longer than this a line breaks. */
  gap?: number;
  labelledBy: string;
}

/** Lines with their axes, the name of each at its end. */
export function LinePlot({
  lines,
  x,
  y,
  ticks,
  format,
  gap = Number.POSITIVE_INFINITY,
  labelledBy,
}: LinePlotProps) {
  const ends = lines.map(({ points }) => points[points.length - 1] as Point);
  const places = labelPlaces(
    ends.map(({ value }) => y(value)),
    LABELS_APART,
  );
  return (
    <div className="chart-lines" role="img" aria-labelledby={labelledBy}>
      <svg aria-hidden="true" className="chart-plot">
        {y.ticks(4).map((tick) => (
          <g key={tick} className="tick">
            <line x1="0" x2="100%" y1={`${y(tick)}%`} y2={`${y(tick)}%`} />
            <text x="-8" y={`${y(tick)}%`} dy="0.32em" textAnchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {ticks.map(({ at, text }, position) => (
          <g key={at} className={position % 2 === 0 ? "tick" : "tick tick-between"}>
            <text x={`${x(at)}%`} y="100%" dy="1.6em" textAnchor="middle">
              {text}
            </text>
          </g>
        ))}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible" aria-hidden="true">
          {lines.map(({ label, style, points }) => (
            <path
              key={label}
              className={`line line-${style}`}
              d={unbroken(points, gap)
                .map((part) => lineThrough(part, x, y))
                .join("")}
            />
          ))}
        </svg>
        {lines.map(({ label, style, points }, position) => (
          <g key={label} className={`end end-${style}`}>
            {(points.length <= MARKED ? points : points.slice(-1)).map((point) => (
              <MarkerAt key={point.at} shape={markerOf(style)} x={x(point.at)} y={y(point.value)} />
            ))}
            <svg x="100%" y={`${places[position]}%`} overflow="visible" aria-hidden="true">
              <g transform="translate(10 0)">
                <Marker shape={markerOf(style)} />
                <text x="8" dy="0.32em">
                  {label}
                </text>
              </g>
            </svg>
          </g>
        ))}
      </svg>
    </div>
  );
}

function lineThrough(points: readonly Point[], x: LinePlotProps["x"], y: LinePlotProps["y"]): string {
  const draw = path<Point>(
    ({ at }) => x(at),
    ({ value }) => y(value),
  );
  return draw.digits(2)(points) ?? "";
}
