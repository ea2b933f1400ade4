/** Where somebody lands who asked for nothing else. */
export const START = "/app";

const HERE = "http://app.invalid";

/**
 * The path within the app that somebody wanted before they were asked to sign in; {@link START} where a text is not
 * such a path. What it returns never leads to another site, whatever it was given.
 */
export function safeReturnPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !wanted.startsWith("/") || !URL.canParse(wanted, HERE)) return START;
  // As a browser would read it: "/\evil", "/\t/evil" and "/.//evil" look like a path and lead elsewhere.
  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  const within = pathname === START || pathname.startsWith(`${START}/`);
  return origin === HERE && within ? `${pathname}${search}${hash}` : START;
}

/** Where a page was asked to lead on to, in its `to`. */
export function wantedPath({ url }: { readonly url: string }): string {
  return safeReturnPath(new URL(url).searchParams.get("to"));
}

/** The address of the sign-in page that leads back to what a request asked for. */
export function signInPath(request: { readonly url: string }): string {
  return leadingBack("/sign-in", request);
}

/** As {@link signInPath}, of the page on which somebody chooses their own password. */
export function choosePasswordPath(request: { readonly url: string }): string {
  return leadingBack("/choose-password", request);
}

function leadingBack(page: string, { url }: { readonly url: string }): string {
  const { pathname, searchParams } = new URL(url);
  // The router's own mark of an index route.
  searchParams.delete("index");
  const query = searchParams.size > 0 ? `?${searchParams}` : "";
  const to = safeReturnPath(`${pathname}${query}`);
  return to === START ? page : `${page}?${new URLSearchParams({ to })}`;
}
