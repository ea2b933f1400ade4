const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Round numbers of bytes in powers of 1024, from 0 to `largest`: at most five of them. */
export function byteTicks(largest: number): number[] {
  if (!(largest > 0)) return [0];
  for (let unit = 1; ; unit *= 1024) {
    const step = STEPS.find((steps) => largest / (steps * unit) < 5);
    if (step === undefined) continue;
    const count = Math.floor(largest / (step * unit));
    return Array.from({ length: count + 1 }, (_, position) => position * step * unit);
  }
}
