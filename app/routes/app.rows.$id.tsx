import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { RowArticle } from "../components/databases/row-article.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { found, idInAddress } from "../services/forms/form-fields.ts";
import { readRowView } from "../services/reading/read-row-view.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  return { row: found(await readRowView(workspace.id, idInAddress(params.id))) };
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.row.title ?? "Row"} – Workspace search` },
];

export default function RowToReadRoute() {
  return <RowArticle row={useLoaderData<typeof loader>().row} />;
}
