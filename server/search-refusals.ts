import type { IncomingMessage, ServerResponse } from "node:http";
import { hasRoom, SearchOverloadedError } from "../app/services/rag/search-admission.server.ts";
import { searchProblemResponse } from "../app/services/rag/search-problem.server.ts";
import { InPortions } from "./in-portions.ts";

const SEARCH = /^\/api\/search(?:\?|$)/;

/**
 * Refuses `GET /api/search` while there is no room for one more, with the answer that the route would give, before anything
 * else is done for the request. Measured on two cores with 1,000 clients that ask again at once and `SEARCH_QUEUE=100`, in
 * answers with 200 a second, where 41 to 43 of searches that all wait are the measure:
 *
 * - refused by the route: 3, beside 700 refusals; refused here, all at once: 1, beside 8,500 refusals
 * - refused here, in portions: 55 to 60; the same with `Connection: close`: 53, and twice the time to an answer with 200 for
 *   one in twenty, because whoever was refused connects again
 *
 * @returns whether a request was taken over, and will be answered
 */
export async function searchRefusals(): Promise<
  (request: IncomingMessage, response: ServerResponse) => boolean
> {
  const problem = searchProblemResponse(new SearchOverloadedError());
  const body = Buffer.from(await problem.arrayBuffer());
  const headers = { ...Object.fromEntries(problem.headers), "content-length": body.length };
  const refused = new InPortions((response) => response.writeHead(problem.status, headers).end(body));
  return (request, response) => {
    if (request.method !== "GET" || !SEARCH.test(request.url ?? "") || hasRoom()) return false;
    refused.add(response);
    return true;
  };
}
