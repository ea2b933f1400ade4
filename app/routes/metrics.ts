import type { LoaderFunctionArgs } from "@remix-run/node";
import { env } from "../env.server.ts";
import { bringsMetricsToken } from "../services/monitoring/access/metrics-token.server.ts";
import { EXPOSITION_TYPE, exposition } from "../services/monitoring/prometheus/exposition.server.ts";
import { currentMetrics } from "../services/monitoring/vector-metrics.server.ts";

/** `GET /metrics` in the Prometheus text format, for `Authorization: Bearer METRICS_TOKEN`. */
export async function loader({ request }: LoaderFunctionArgs) {
  if (env.METRICS_TOKEN === undefined) {
    return text("There are no metrics here: set METRICS_TOKEN, and send it as a Bearer token.\n", 404);
  }
  if (!bringsMetricsToken(request)) {
    return text("Send METRICS_TOKEN as Authorization: Bearer …\n", 401, { "WWW-Authenticate": "Bearer" });
  }
  return text(await exposition(await currentMetrics()), 200, { "Content-Type": EXPOSITION_TYPE });
}

function text(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", ...headers },
  });
}
