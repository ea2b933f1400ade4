import { scaleLinear, scaleUtc } from "d3-scale";
import { ChartFrame } from "./chart-frame.tsx";
import { downSample } from "./down-sample.ts";
import { LineLegend } from "./line-legend.tsx";
import { lineNumbers, lineSummary } from "./line-numbers.ts";
import { LinePlot } from "./line-plot.tsx";
import { NumberTable } from "./number-table.tsx";
import type { Line } from "./point.ts";

/** More columns than a picture of this width has pixels that one could tell apart. */
const COLUMNS = 480;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface LineChartProps {
  title: string;
  unit: string;
  lines: readonly Line[];
  /** What is missing where no line has a point. */
  empty: string;
  /** A value as text, with its unit. */
  format: (value: number) => string;
  /** The values' axis reaches at least from here … */
  from?: number;
  /** … to here. */
  to?: number;
  /** Milliseconds without a point after which a line breaks. */
  gap?: number;
}

/** Values over time. It renders on the server, as wide as there is room, with text of the same size everywhere. */
export function LineChart({
  title,
  unit,
  lines,
  empty,
  format,
  from = 0,
  to = 0,
  gap = Number.POSITIVE_INFINITY,
}: LineChartProps) {
  const drawn = lines
    .map((line) => ({ ...line, points: downSample(line.points, COLUMNS) }))
    .filter(({ points }) => points.length > 0);
  const { x, y } = scalesOf(drawn, from, to);
  const timeText = x.tickFormat(4, timeFormat(x.domain()));
  const numbers = lineNumbers(drawn, format);
  return (
    <ChartFrame
      title={title}
      unit={unit}
      empty={drawn.length === 0 ? empty : null}
      summary={lineSummary(drawn, format)}
      legend={<LineLegend lines={drawn} />}
      table={<NumberTable caption={title} {...numbers} />}
    >
      {({ labelledBy }) => (
        <LinePlot
          lines={drawn}
          x={x}
          y={y}
          ticks={fewTicks(x).map((tick) => ({ at: tick.getTime(), text: timeText(tick) }))}
          format={format}
          gap={gap}
          labelledBy={labelledBy}
        />
      )}
    </ChartFrame>
  );
}

/** From time and value to percent of the picture's width and height. */
function scalesOf(lines: readonly Line[], from: number, to: number) {
  let [first, last, lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, from, to];
  for (const { points } of lines) {
    for (const { at, value } of points) {
      first = Math.min(first, at);
      last = Math.max(last, at);
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  }
  if (first === last) [first, last] = [first - MINUTE / 2, last + MINUTE / 2];
  if (lowest === highest) highest = lowest + 1;
  const x = scaleUtc()
    .domain([new Date(first), new Date(last)])
    .range([0, 100]);
  const y = scaleLinear().domain([lowest, highest]).nice(4).range([100, 0]);
  return { x, y };
}

/** As much of the time as it takes to tell one mark of the axis from the next. */
function timeFormat([first, last]: readonly Date[]): string {
  const length = Number(last) - Number(first);
  if (length < 5 * MINUTE) return "%H:%M:%S";
  return length > DAY + MINUTE ? "%d %b %H:%M" : "%H:%M";
}

/** At most five, of which a narrow screen leaves out every second, and none within a second: they would read the same. */
function fewTicks(x: Scales["x"]): Date[] {
  const wanted = [5, 4, 3, 2, 1].map((count) =>
    x.ticks(count).filter((tick) => tick.getUTCMilliseconds() === 0),
  );
  return wanted.find(({ length }) => length <= 5) ?? [];
}

type Scales = ReturnType<typeof scalesOf>;
