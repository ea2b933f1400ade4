import type { LoaderFunctionArgs } from "@remix-run/node";
import { searchEverything } from "../services/rag/search-everything.server.ts";
import { decodedParameters, parseSearchParameters } from "../services/rag/search-parameters.ts";
import { describeSearchProblem } from "../services/rag/search-problem.server.ts";
import { InvalidSearchError } from "../services/rag/search-request.ts";

/** `GET /api/search?q=…&types=pages,blocks,rows,documents&limit=…&workspace=…&min=…` */
export async function loader({ request }: LoaderFunctionArgs) {
  try {
    const parameters = parseSearchParameters(decodedParameters(new URL(request.url).search));
    if (parameters.query === "") throw new InvalidSearchError("query", "The query is empty: give q.");
    return Response.json(await searchEverything(parameters));
  } catch (error) {
    const { status, ...problem } = describeSearchProblem(error);
    return Response.json({ error: problem }, { status });
  }
}
