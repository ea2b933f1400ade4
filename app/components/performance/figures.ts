const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count with its thousands apart. */
export function countText(count: number): string {
  return COUNT.format(count);
}

/** A share of 0 to 1 in percent; a dash where there is none. Less than the whole never reads as 100 %. */
export function shareText(share: number | null, digits = 0): string {
  if (share === null) return "–";
  const step = 10 ** -digits;
  const percent = share * 100;
  const shown = share < 1 && Number(percent.toFixed(digits)) >= 100 ? 100 - step : percent;
  return `${shown.toFixed(digits)} %`;
}

/** By how much something became smaller (0 to 1) or, below 0, larger: "−50 %", "+3 %". */
export function reductionText(reduction: number | null): string {
  if (reduction === null) return "–";
  const percent = Math.round(-reduction * 100);
  if (percent === 0) return "±0 %";
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent)} %`;
}

/** Milliseconds to about three digits; seconds from 10,000 on. */
export function millisecondsText(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds >= 100 || Number.isInteger(milliseconds)) return `${countText(milliseconds)} ms`;
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : 1)} ms`;
}

/** Seconds for a person: "12 s", "4 min 05 s", "2 h 10 min". */
export function secondsText(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A small difference: "0", "1.3e-5". */
export function differenceText(difference: number | null): string {
  if (difference === null) return "–";
  return difference === 0 ? "0" : difference.toExponential(1);
}

/** The day of a moment, in UTC: "2026-11-19". */
export function dayText(at: string): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** A moment to the second, in UTC: "12:03:05 UTC". */
export function clockText(at: string): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}
