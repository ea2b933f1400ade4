/** Whoever asks has to wait. */
export class TooManyAttemptsError extends Error {
  override readonly name = "TooManyAttemptsError";

  constructor(
    readonly seconds: number,
    what: "attempts" | "questions" = "attempts",
  ) {
    super(tooMany(what, seconds));
  }
}

/** What to tell somebody who has to wait for so many seconds. */
export function tooMany(what: "attempts" | "questions", seconds: number): string {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return `Too many ${what}. Try again in ${count} ${unit}${count === 1 ? "" : "s"}.`;
}
