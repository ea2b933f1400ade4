import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { DocumentList } from "../components/documents/document-list.tsx";
import { Pager } from "../components/pager.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { listDocuments } from "../services/content/documents.server.ts";
import { listPart } from "../services/forms/list-part.ts";

/** One more than is shown is read, to know whether there is a next page. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { page, offset, limit } = listPart(new URL(request.url).searchParams);
  const documents = await listDocuments(workspace.id, { offset, limit: limit + 1 });
  return { documents: documents.slice(0, limit), page, hasNext: documents.length > limit };
}

export const meta: MetaFunction = () => [{ title: "Documents – Workspace search" }];

export default function Documents() {
  const { documents, page, hasNext } = useLoaderData<typeof loader>();
  return (
    <>
      <header className="page-head">
        <h1>Documents</h1>
        <div className="page-actions">
          <Link to="/app/documents/new" className="button">
            New document
          </Link>
        </div>
      </header>
      <DocumentList documents={documents} page={page} />
      <Pager page={page} pages={null} hasNext={hasNext} />
    </>
  );
}
