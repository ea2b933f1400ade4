/** In characters, as people count them. */
export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 1000;

/** Why a text cannot become a password, in words for whoever chose it; null where it can. */
export function passwordProblem(password: string): string | null {
  const characters = [...password].length;
  if (characters < PASSWORD_MIN) return `A password has ${PASSWORD_MIN} characters or more.`;
  if (characters > PASSWORD_MAX) return `A password has ${PASSWORD_MAX} characters at most.`;
  return null;
}
