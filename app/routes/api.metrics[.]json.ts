import type { LoaderFunctionArgs } from "@remix-run/node";
import { isDatabaseAway } from "../services/database-health.server.ts";
import { requireMetricsAccess } from "../services/monitoring/access/metrics-access.server.ts";
import { currentMetrics } from "../services/monitoring/vector-metrics.server.ts";
import { problemResponse } from "../services/problem-details.ts";

/**
 * `GET /api/metrics.json`: the figures of the performance dashboard as JSON (`VectorMetrics`), for the session of an admin
 * or `Authorization: Bearer METRICS_TOKEN`. A part that could not be read says why. 401 and 403 are problems
 * (RFC 9457), and 503 where the session cannot be looked up because the database is away.
 */
export async function loader({ request }: LoaderFunctionArgs) {
  try {
    await requireMetricsAccess(request);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    return problemResponse({
      status: 503,
      type: "database-away",
      title: "The database does not answer",
      detail: "So nobody can be signed in. METRICS_TOKEN is answered all the same.",
    });
  }
  return Response.json(await currentMetrics(), { headers: { "cache-control": "no-store" } });
}
