import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { IndexingFailures } from "../components/indexing/indexing-failures.tsx";
import { IndexingOverview } from "../components/indexing/indexing-overview.tsx";
import { useRevalidation } from "../components/indexing/use-revalidation.ts";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import {
  indexingCounts,
  listFailures,
  reindexProgress,
  reindexWorkspace,
  retryFailed,
} from "../services/rag/rag-indexing.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { role, workspace } = await requireMember(request);
  const [counts, run, failures] = await Promise.all([
    indexingCounts(workspace.id),
    reindexProgress(workspace.id),
    listFailures(workspace.id),
  ]);
  return { mayStart: role === "admin", counts, run, failures };
}

/** `intent` is `reindex` or `retry`. */
export async function action({ request }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request, { role: "admin" });
  const intent = form.get("intent");
  if (intent === "reindex") await reindexWorkspace(workspace.id);
  if (intent === "retry") await retryFailed(workspace.id);
  return redirect("/app/settings/indexing", 303);
}

export const meta: MetaFunction = () => [{ title: "Indexing – Workspace search" }];

export default function Indexing() {
  const { mayStart, counts, run, failures } = useLoaderData<typeof loader>();
  useRevalidation(counts.waiting + counts.active > 0);
  return (
    <>
      <IndexingOverview counts={counts} run={run} mayStart={mayStart} />
      <IndexingFailures failures={failures} mayRetry={mayStart} />
    </>
  );
}
