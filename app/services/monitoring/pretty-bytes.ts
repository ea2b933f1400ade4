const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;
/** From so many on, in half units, the next unit is taken. */
const LIMIT = 20 * 1024 - 1;

/**
 * Bytes as `pg_size_pretty` prints them: powers of 1024, the next unit from 10,240 on, halves away from zero. As there,
 * what is less than half a unit is cut off before it is rounded (PostgreSQL 15 and later, dbsize.c).
 */
export function prettyBytes(bytes: number): string {
  const whole = Math.trunc(bytes);
  if (Math.abs(whole) < 10 * 1024) return `${whole} bytes`;
  let halves = Math.trunc(whole / 512);
  for (const unit of UNITS.slice(1)) {
    if (Math.abs(halves) < LIMIT || unit === "PB") {
      return `${Math.trunc((halves + Math.sign(halves)) / 2)} ${unit}`;
    }
    halves = Math.trunc(halves / 1024);
  }
  return `${whole} bytes`;
}
