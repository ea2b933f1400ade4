import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { RowForm } from "../components/databases/row-form.tsx";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { deleteRow, readRow, updateRow } from "../services/content/databases.server.ts";
import { fieldProblem, found, idInAddress } from "../services/forms/form-fields.ts";
import { propertiesOf, rowFields, sentFields } from "../services/forms/row-fields.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { id, properties } = found(await readRow(workspace.id, idInAddress(params.id)));
  return { id, fields: rowFields(properties) };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const { id, databaseId } = found(await readRow(workspace.id, idInAddress(params.id)));
  if (form.get("intent") === "delete") {
    found(await deleteRow(workspace.id, id));
    return redirect(`/app/databases/${databaseId}`, 303);
  }
  const fields = sentFields(form);
  try {
    found(await updateRow(workspace.id, id, propertiesOf(fields)));
    return redirect(`/app/rows/${id}`, 303);
  } catch (error) {
    return data({ problem: fieldProblem(error), fields }, { status: 422 });
  }
}

export const meta: MetaFunction = () => [{ title: "Edit row – Workspace search" }];

export default function EditRow() {
  const { id, fields } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Edit row</h1>
      </header>
      <RowForm
        fields={sent?.fields ?? fields}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel={`/app/rows/${id}`}
      />
      <ConfirmDelete what="row">What search knows of it goes with it.</ConfirmDelete>
    </>
  );
}
