import type { LoaderFunctionArgs } from "@remix-run/node";
import { findMember } from "../services/access/access.server.ts";
import { isOperator, requireOperator } from "../services/access/operators.server.ts";
import { clientGone } from "../services/client-gone.server.ts";
import { dashboardWatch } from "../services/monitoring/live/dashboard-watch.server.ts";
import { metricsEvents } from "../services/monitoring/live/metrics-events.server.ts";

/**
 * The figures of the dashboard as server-sent events, for operators. `Last-Event-ID`, or `seen` in the address of a page
 * that has just been loaded, is the version that the reader has. 406 for who asks for anything else than a stream.
 */
export async function loader({ request }: LoaderFunctionArgs) {
  await requireOperator(request);
  if (!request.headers.get("Accept")?.includes("text/event-stream")) {
    return new Response("This is a stream of server-sent events.", { status: 406 });
  }
  const seen = request.headers.get("Last-Event-ID") ?? new URL(request.url).searchParams.get("seen");
  return metricsEvents({
    watch: dashboardWatch,
    signal: clientGone(request),
    seen,
    mayStay: async () => {
      const member = await findMember(request);
      return member !== null && isOperator(member);
    },
  });
}
