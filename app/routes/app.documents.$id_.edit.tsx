import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { DocumentForm } from "../components/documents/document-form.tsx";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { deleteDocument, readDocument, updateDocument } from "../services/content/documents.server.ts";
import { documentForm } from "../services/forms/document-fields.ts";
import { found, idInAddress, openedVersion } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";

/** A section of a page is edited there. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const document = found(await readDocument(workspace.id, idInAddress(params.id)));
  if (document.pageId !== null) throw redirect(`/app/pages/${document.pageId}/edit`);
  const { id, title, content, sourceUri, updatedAt } = document;
  return { id, opened: updatedAt, values: { title, content, sourceUri: sourceUri ?? "" } };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const id = idInAddress(params.id);
  return await keepForm(request, documentForm, async ({ workspace, form, typed }) => {
    if (form.get("intent") === "delete") {
      found(await deleteDocument(workspace.id, id));
      return redirect("/app/documents", 303);
    }
    found(await updateDocument(workspace.id, id, typed.values, openedVersion(form)));
    return redirect(`/app/documents/${id}`, 303);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `Edit ${loaded?.values.title ?? "document"} – Workspace search` },
];

export default function EditDocument() {
  const { id, opened, values } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Edit document</h1>
      </header>
      <FormRefusal what="document" refusal={sent} />
      <DocumentForm
        values={sent?.values ?? values}
        opened={sent?.opened ?? opened}
        problem={sent?.problem ?? null}
        refused={sent?.values !== undefined}
        cancel={`/app/documents/${id}`}
      />
      <ConfirmDelete what="document">What search knows of it goes with it.</ConfirmDelete>
    </>
  );
}
