import type { MarkerShape } from "./point.ts";

const PATHS: Readonly<Record<MarkerShape, string>> = {
  circle: "M3.5 0a3.5 3.5 0 1 1-7 0a3.5 3.5 0 1 1 7 0z",
  square: "M-3 -3h6v6h-6z",
  diamond: "M0 -4.5L4.5 0L0 4.5L-4.5 0z",
  triangle: "M0 -4.2L4.2 3.4H-4.2z",
};

/** A mark of fixed size in pixels. */
export function Marker({ shape }: { shape: MarkerShape }) {
  return <path className={`marker marker-${shape}`} d={PATHS[shape]} />;
}

/** A mark at a place in percent of a picture that has no view box of its own. */
export function MarkerAt({ shape, x, y }: { shape: MarkerShape; x: number; y: number }) {
  return (
    <svg x={`${x}%`} y={`${y}%`} overflow="visible" aria-hidden="true">
      <Marker shape={shape} />
    </svg>
  );
}
