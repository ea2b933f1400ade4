import { renderToString } from "react-dom/server";
import { createStaticHandler, createStaticRouter, StaticRouterProvider } from "react-router-dom/server";
import { readAddress } from "../../app/components/performance/page-address.ts";
import { PerformancePage } from "../../app/components/performance/performance-page.tsx";
import type { Connection } from "../../app/components/performance/use-live-metrics.ts";
import type { VectorMetrics } from "../../app/services/monitoring/vector-metrics.ts";
import { TAKEN_AT } from "./metrics-stage.ts";

interface Rendered {
  metrics: VectorMetrics;
  /** Of the page's address. */
  search?: string;
  connection?: Connection;
  refused?: string | null;
}

/** The page of the dashboard as the server renders it, with given figures. */
export async function renderedPerformance({
  metrics,
  search = "",
  connection = "still",
  refused = null,
}: Rendered): Promise<string> {
  const known = { who: { workspace: { id: "handbook", name: "Handbook" } }, now: new Date(TAKEN_AT) };
  const page = (
    <PerformancePage
      metrics={metrics}
      connection={connection}
      seenAt={metrics.takenAt}
      address={readAddress(new URLSearchParams(search))}
      refused={refused}
    />
  );
  const path = "/app/performance-dashboard";
  const routes = [{ id: "routes/app", path, loader: () => known, element: page }];
  const { query, dataRoutes } = createStaticHandler(routes);
  const context = await query(new Request(`http://app.test${path}?${search}`));
  if (context instanceof Response) throw new Error("The page was not rendered.");
  const router = createStaticRouter(dataRoutes, context);
  return renderToString(<StaticRouterProvider router={router} context={context} hydrate={false} />);
}
