/** So many kinds there are. */
export const HATCHES = 5;

/** Strokes of each kind within a tile of 8 by 8 pixels; the first one is plain. */
const STROKES = [
  "",
  "M-2 2L2 -2M0 8L8 0M6 10L10 6",
  "M0 4H8",
  "M-2 6L2 10M0 0L8 8M6 -2L10 2",
  "M4 3.2V4.8",
] as const;

/** A pattern that tells parts of a bar apart without their colours. */
export function Hatching({ id, kind }: { id: string; kind: number }) {
  return (
    <defs>
      <pattern id={id} width="8" height="8" patternUnits="userSpaceOnUse">
        <path className="hatch" d={STROKES[kind % HATCHES]} />
      </pattern>
    </defs>
  );
}
