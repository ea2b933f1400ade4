/** The axis below bars that are drawn in percent of the width: a mark and a label for each tick. */
export function BarAxis({
  ticks,
  x,
  format,
  anchor,
}: {
  ticks: readonly number[];
  /** The place of a value, 0 to 100. */
  x: (value: number) => number;
  format: (value: number) => string;
  /** How the label of a tick stands to it. */
  anchor: (tick: number) => "start" | "middle" | "end";
}) {
  return (
    <svg className="chart-bar-axis" aria-hidden="true">
      {ticks.map((tick) => (
        <g key={tick} className="tick">
          <line x1={`${x(tick)}%`} x2={`${x(tick)}%`} y1="0" y2="5" />
          <text x={`${x(tick)}%`} y="18" textAnchor={anchor(tick)}>
            {format(tick)}
          </text>
        </g>
      ))}
    </svg>
  );
}
