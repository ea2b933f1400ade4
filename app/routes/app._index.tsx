import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data } from "@remix-run/node";
import { useLoaderData, useNavigation } from "@remix-run/react";
import { SearchElsewhere } from "../components/search-elsewhere.tsx";
import { SearchForm } from "../components/search-form.tsx";
import { SearchResults } from "../components/search-results.tsx";
import { Invitation, NoMatches, SearchFailed } from "../components/search-states.tsx";
import { requireMember } from "../services/access/access.server.ts";
import {
  type EverythingAnswer,
  hasSearchableContent,
  searchEverything,
} from "../services/rag/search-everything.server.ts";
import { parseSearchParameters } from "../services/rag/search-parameters.ts";
import { describeSearchProblem } from "../services/rag/search-problem.server.ts";
import { SEARCH_TYPES, type SearchType } from "../services/rag/search-types.ts";
import { inOwnWorkspace } from "../services/rag/searched-workspace.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url);
  const asked = { q: searchParams.get("q") ?? "", types: searchParams.getAll("types") };
  try {
    const member = await requireMember(request);
    const search = await inOwnWorkspace(parseSearchParameters(searchParams), member);
    const elsewhere = search.workspaceId !== member.workspace.id ? search.workspaceId : null;
    if (search.query === "") {
      const searchable = await hasSearchableContent(search.workspaceId);
      return { asked, answer: null, searchable, elsewhere, problem: null };
    }
    return { asked, answer: await searchEverything(search), searchable: true, elsewhere, problem: null };
  } catch (error) {
    if (error instanceof Response) throw error;
    const problem = describeSearchProblem(error);
    const failed = { asked, answer: null, searchable: true, elsewhere: null, problem };
    return data(failed, { status: problem.status });
  }
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: loaded?.asked.q ? `${loaded.asked.q} – Workspace search` : "Workspace search" },
];

export default function Search() {
  const { asked, answer, searchable, elsewhere, problem } = useLoaderData<typeof loader>();
  const searching = useNavigation().state === "loading";
  return (
    <>
      <h1 className="visually-hidden">Search</h1>
      <SearchForm query={asked.q} types={asked.types} elsewhere={elsewhere} searching={searching} />
      {elsewhere !== null && <SearchElsewhere workspaceId={elsewhere} />}
      {problem !== null && <SearchFailed problem={problem} />}
      {problem === null && answer === null && <Invitation searchable={searchable} />}
      {answer !== null && answer.items.length === 0 && (
        <NoMatches query={answer.query} types={narrowed(answer)} />
      )}
      {answer !== null && answer.items.length > 0 && <SearchResults answer={answer} />}
    </>
  );
}

/** The types that were searched, where not all were. */
function narrowed({ tables }: EverythingAnswer): SearchType[] {
  return tables.length < SEARCH_TYPES.length ? tables.map(({ type }) => type) : [];
}
