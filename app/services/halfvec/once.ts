/** A function that calls `ask` the first time only, and gives the same answer from then on. */
export function once<Arguments extends unknown[], Answer>(
  ask: (...about: Arguments) => Promise<Answer>,
): (...about: Arguments) => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return (...about) => {
    answer ??= ask(...about);
    return answer;
  };
}
