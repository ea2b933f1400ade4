import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { requireApiAccess } from "../services/access/access.server.ts";
import { jsonAnswer, serverTiming } from "../services/api-answer.ts";
import { clientGone } from "../services/client-gone.server.ts";
import { methodNotAllowed } from "../services/problem-details.ts";
import { type SearchPlace, takePlace } from "../services/rag/search-admission.server.ts";
import { searchEverything } from "../services/rag/search-everything.server.ts";
import { decodedParameters, parseSearchParameters } from "../services/rag/search-parameters.ts";
import { searchProblemResponse } from "../services/rag/search-problem.server.ts";
import { InvalidSearchError } from "../services/rag/search-request.ts";
import { inOwnWorkspace } from "../services/rag/searched-workspace.server.ts";

/**
 * `GET /api/search`, with `Authorization: Bearer hvk_…` or a session.
 *
 * - `q` what is looked for, 1 to 2,000 characters
 * - `types` some of `pages,blocks,rows,documents`, repeated or separated by commas; none means all
 * - `limit` most results, 1 to 200; 10 unless given
 * - `min` cosine similarity from -1 to 1, below which nothing is returned
 * - `workspace` uuid of another workspace of the user who is signed in
 *
 * 200 is an `EverythingAnswer`: `items` from the most similar down, each `{type, sourceId, pageId, title, text, truncated,
 * url, similarity, chunkIndex, context: {before, after, heading}, metadata, key, workspaceId}`, and the `tables` that were
 * searched. `text` is at most 4,000 characters: where it is `truncated`, the stretch of the whole that has the words of the
 * query, or the beginning. The whole is at `url`, from the root of the app. What the time went to stands in `milliseconds`,
 * and in the header `Server-Timing`.
 *
 * Anything else is a problem (RFC 9457): 400 with the `field` that is wrong, 401, 404 for a workspace that is not yours,
 * 502 and 503 where the database or the embedding service fails, 503 with `Retry-After` where too many searches wait.
 */
export async function loader({ request }: LoaderFunctionArgs) {
  const signal = clientGone(request);
  let place: SearchPlace | undefined;
  try {
    place = takePlace();
    const access = await requireApiAccess(request);
    const asked = parseSearchParameters(decodedParameters(new URL(request.url).search));
    if (asked.query === "") throw new InvalidSearchError("query", "The query is empty: give q.");
    const search = await inOwnWorkspace(asked, access);
    const answer = await searchEverything(search, undefined, signal, place);
    return jsonAnswer(answer, { "server-timing": serverTiming({ ...answer.milliseconds }) });
  } catch (error) {
    if (error instanceof Response) throw error;
    // Nobody is there to be told, and nothing is wrong.
    if (signal.aborted) return new Response(null, { status: 499 });
    return searchProblemResponse(error);
  } finally {
    place?.leave();
  }
}

/** Nothing is written here. */
export async function action({ request }: ActionFunctionArgs) {
  await requireApiAccess(request);
  return methodNotAllowed("GET", "Send the query with GET, in the address.");
}
