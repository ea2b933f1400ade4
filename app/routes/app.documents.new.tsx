import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData } from "@remix-run/react";
import { DocumentForm } from "../components/documents/document-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { createDocument } from "../services/content/documents.server.ts";
import { documentFields } from "../services/forms/document-fields.ts";
import { fieldProblem } from "../services/forms/form-fields.ts";

const EMPTY = { title: "", content: "", sourceUri: "" };

export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request);
  return null;
}

export async function action({ request }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const values = documentFields(form);
  try {
    return redirect(`/app/documents/${await createDocument(workspace.id, values)}`, 303);
  } catch (error) {
    return data({ problem: fieldProblem(error), values }, { status: 422 });
  }
}

export const meta: MetaFunction = () => [{ title: "New document – Workspace search" }];

export default function NewDocument() {
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>New document</h1>
      </header>
      <DocumentForm
        values={sent?.values ?? EMPTY}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel="/app/documents"
      />
    </>
  );
}
