import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData } from "@remix-run/react";
import { DocumentForm } from "../components/documents/document-form.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { createDocument } from "../services/content/documents.server.ts";
import { documentForm } from "../services/forms/document-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";

const EMPTY = { title: "", content: "", sourceUri: "" };

export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request);
  return null;
}

export async function action({ request }: ActionFunctionArgs) {
  return await keepForm(request, documentForm, async ({ workspace, typed }) =>
    redirect(`/app/documents/${await createDocument(workspace.id, typed.values)}`, 303),
  );
}

export const meta: MetaFunction = () => [{ title: "New document – Workspace search" }];

export default function NewDocument() {
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>New document</h1>
      </header>
      <FormRefusal what="document" refusal={sent} />
      <DocumentForm
        values={sent?.values ?? EMPTY}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel="/app/documents"
      />
    </>
  );
}
