import { isDatabaseReachable } from "../services/database-health.server.ts";

/** 200 while the database answers, 503 while it does not. */
export async function loader() {
  const reachable = await isDatabaseReachable();
  return Response.json(
    { ok: reachable, database: reachable ? "up" : "away" },
    { status: reachable ? 200 : 503 },
  );
}
