import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { requireSameOrigin } from "../services/access/same-origin.server.ts";
import { endedSessionCookie } from "../services/access/session-cookie.server.ts";

/** An address in the bar signs nobody out. */
export function loader() {
  return redirect("/app");
}

export async function action({ request }: ActionFunctionArgs) {
  requireSameOrigin(request);
  return redirect("/sign-in", { status: 303, headers: { "Set-Cookie": await endedSessionCookie() } });
}
