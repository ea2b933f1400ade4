/** One measured value at one moment. */
export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

/** How a line is drawn. Colour, dashes and marker all say the same, so that any one of them is enough. */
export type LineStyle =
  | "vector"
  | "vector-high"
  | "vector-highest"
  | "halfvec"
  | "halfvec-high"
  | "halfvec-highest"
  | "first"
  | "second"
  | "third"
  | "fourth";

export interface Line {
  readonly label: string;
  readonly style: LineStyle;
  /** Oldest first. */
  readonly points: readonly Point[];
}

export type MarkerShape = "circle" | "square" | "diamond" | "triangle";

const MARKERS: Readonly<Record<LineStyle, MarkerShape>> = {
  vector: "square",
  "vector-high": "square",
  "vector-highest": "square",
  halfvec: "circle",
  "halfvec-high": "circle",
  "halfvec-highest": "circle",
  first: "circle",
  second: "square",
  third: "diamond",
  fourth: "triangle",
};

export function markerOf(style: LineStyle): MarkerShape {
  return MARKERS[style];
}
