import type { Point } from "./point.ts";

/**
 * At most two points for each of `columns` equal parts of the time: the lowest and the highest one, in their order. So
 * no spike is lost that the eye could see, however many points there are. The first and the last one always stay.
 *
 * @param points oldest first
 */
export function downSample(points: readonly Point[], columns: number): readonly Point[] {
  if (points.length <= columns * 2) return points;
  const first = points[0] as Point;
  const last = points[points.length - 1] as Point;
  const width = (last.at - first.at) / columns || 1;
  const kept: Point[] = [first];
  let column = 0;
  let lowest = first;
  let highest = first;
  const keep = () => {
    const [one, other] = lowest.at <= highest.at ? [lowest, highest] : [highest, lowest];
    if (one !== first) kept.push(one);
    if (other !== one && other !== first) kept.push(other);
  };
  for (const point of points) {
    const here = Math.min(columns - 1, Math.floor((point.at - first.at) / width));
    if (here !== column) {
      keep();
      column = here;
      lowest = point;
      highest = point;
    } else {
      if (point.value < lowest.value) lowest = point;
      if (point.value > highest.value) highest = point;
    }
  }
  keep();
  if (kept[kept.length - 1] !== last) kept.push(last);
  return kept;
}

/** Parts of a line between which nothing was measured for longer than `gap` milliseconds. */
export function unbroken(points: readonly Point[], gap: number): readonly (readonly Point[])[] {
  const parts: Point[][] = [];
  for (const point of points) {
    const part = parts[parts.length - 1];
    const before = part?.[part.length - 1];
    if (part === undefined || before === undefined || point.at - before.at > gap) parts.push([point]);
    else part.push(point);
  }
  return parts;
}
