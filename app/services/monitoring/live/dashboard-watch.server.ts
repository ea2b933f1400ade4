import { currentMetrics } from "../vector-metrics.server.ts";
import { MetricsWatch } from "./metrics-watch.server.ts";

/** What all streams of this process watch. */
export const dashboardWatch = new MetricsWatch(currentMetrics);
