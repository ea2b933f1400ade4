import { Marker } from "./marker.tsx";
import { type Line, markerOf } from "./point.ts";

/** A piece of each line beside its name: dashes and marker tell it apart without its colour. */
export function LineLegend({ lines }: { lines: readonly Line[] }) {
  return (
    <ul className="chart-legend">
      {lines.map(({ label, style }) => (
        <li key={label}>
          <svg viewBox="0 0 32 10" aria-hidden="true" className={`end-${style}`}>
            <path className={`line line-${style}`} d="M0 5H32" />
            <g transform="translate(16 5)">
              <Marker shape={markerOf(style)} />
            </g>
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
