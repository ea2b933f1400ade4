/**
 * Why a text does not name a database, in words that go after the option's name; null where it does. A URL without
 * a host would mean whatever database the environment points at, so it is refused.
 */
export function databaseUrlProblem(text: string): string | null {
  const form = "a URL such as postgresql://user@host:5432/database is needed";
  if (!/^postgres(ql)?:\/\/\S+$/.test(text) || !URL.canParse(text)) return form;
  const { hostname, searchParams } = new URL(text);
  return hostname === "" && !searchParams.get("host") ? `it names no host; ${form}` : null;
}
