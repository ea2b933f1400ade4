import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { requireApiAccess } from "../services/access/access.server.ts";
import { jsonAnswer } from "../services/api-answer.ts";
import { methodNotAllowed } from "../services/problem-details.ts";
import { parseGraphParameters } from "../services/rag/graph-parameters.ts";
import { pageGraph } from "../services/rag/knowledge-graph.server.ts";
import { decodedParameters } from "../services/rag/search-parameters.ts";
import { searchProblemResponse } from "../services/rag/search-problem.server.ts";
import { inOwnWorkspace } from "../services/rag/searched-workspace.server.ts";

/**
 * `GET /api/graph`, with `Authorization: Bearer hvk_…` or a session.
 *
 * - `page` uuid of a page, up to 12 of them, repeated or separated by commas
 * - `depth` most steps from there, 1 to 4; 2 unless given
 * - `limit` most pages, 1 to 100; 30 unless given
 * - `workspace` uuid of another workspace of the user who is signed in
 *
 * 200 is a `PageGraph` with its `workspaceId`: `nodes` from the best score down, each `{id, title, score, depth, via, kind}`, and
 * `edges` `{source, target, kind}`. Anything else is a problem (RFC 9457): 400 with the `field` that is wrong, 401, 404 for a
 * page or workspace that is not yours, 503 where the database is away.
 */
export async function loader({ request }: LoaderFunctionArgs) {
  try {
    const access = await requireApiAccess(request);
    const asked = parseGraphParameters(decodedParameters(new URL(request.url).search));
    const { workspaceId, pageIds, ...bounds } = await inOwnWorkspace(asked, access);
    const graph = await pageGraph(workspaceId, pageIds, bounds);
    return jsonAnswer({ workspaceId, ...graph });
  } catch (error) {
    if (error instanceof Response) throw error;
    return searchProblemResponse(error);
  }
}

/** Nothing is written here. */
export async function action({ request }: ActionFunctionArgs) {
  await requireApiAccess(request);
  return methodNotAllowed("GET", "Ask for the pages with GET, in the address.");
}
