import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { DocumentArticle } from "../components/documents/document-article.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { found, idInAddress } from "../services/forms/form-fields.ts";
import { readDocumentView } from "../services/reading/read-document-view.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  return { document: found(await readDocumentView(workspace.id, idInAddress(params.id))) };
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.document.title || "Untitled"} – Workspace search` },
];

export default function DocumentToReadRoute() {
  return <DocumentArticle document={useLoaderData<typeof loader>().document} />;
}
