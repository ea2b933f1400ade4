import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { DocumentForm } from "../components/documents/document-form.tsx";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { deleteDocument, readDocument, updateDocument } from "../services/content/documents.server.ts";
import { documentFields } from "../services/forms/document-fields.ts";
import { fieldProblem, found, idInAddress } from "../services/forms/form-fields.ts";

/** A section of a page is edited there. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const document = found(await readDocument(workspace.id, idInAddress(params.id)));
  if (document.pageId !== null) throw redirect(`/app/pages/${document.pageId}/edit`);
  const { id, title, content, sourceUri } = document;
  return { id, values: { title, content, sourceUri: sourceUri ?? "" } };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const id = idInAddress(params.id);
  if (form.get("intent") === "delete") {
    found(await deleteDocument(workspace.id, id));
    return redirect("/app/documents", 303);
  }
  const values = documentFields(form);
  try {
    found(await updateDocument(workspace.id, id, values));
    return redirect(`/app/documents/${id}`, 303);
  } catch (error) {
    return data({ problem: fieldProblem(error), values }, { status: 422 });
  }
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `Edit ${loaded?.values.title ?? "document"} – Workspace search` },
];

export default function EditDocument() {
  const { id, values } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Edit document</h1>
      </header>
      <DocumentForm
        values={sent?.values ?? values}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel={`/app/documents/${id}`}
      />
      <ConfirmDelete what="document">What search knows of it goes with it.</ConfirmDelete>
    </>
  );
}
