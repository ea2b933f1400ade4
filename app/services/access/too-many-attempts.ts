/** Whoever asks has to wait. */
export class TooManyAttemptsError extends Error {
  override readonly name = "TooManyAttemptsError";

  constructor(readonly seconds: number) {
    super(tooManyAttempts(seconds));
  }
}

/** What to tell somebody who has to wait for so many seconds. */
export function tooManyAttempts(seconds: number): string {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return `Too many attempts. Try again in ${count} ${unit}${count === 1 ? "" : "s"}.`;
}
