import { env } from "../../env.server.ts";

/**
 * Whether a request cannot have been sent by another site. One that only reads is never refused. A browser says where
 * a request comes from in `Sec-Fetch-Site`, and those that do not know it in `Origin`; one that says neither is refused.
 *
 * @param publicUrl the address people use, where a proxy changes the request's host
 */
export function isSameOrigin(request: Request, publicUrl: string | undefined = env.APP_URL): boolean {
  if (request.method === "GET" || request.method === "HEAD") return true;
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = request.headers.get("Origin");
  if (origin === null || !URL.canParse(origin)) return false;
  // By host alone where no public address is set: behind a proxy the app does not see that the site is https.
  return publicUrl === undefined
    ? new URL(origin).host === new URL(request.url).host
    : new URL(origin).origin === new URL(publicUrl).origin;
}

/** @throws Response 403 when {@link isSameOrigin} says no. */
export function requireSameOrigin(request: Request): void {
  if (isSameOrigin(request)) return;
  throw new Response(
    "This form was sent from another site, so nothing was done. Open it here and send it again.",
    {
      status: 403,
    },
  );
}
