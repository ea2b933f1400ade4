import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { RowForm } from "../components/databases/row-form.tsx";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { deleteRow, readRow, updateRow } from "../services/content/databases.server.ts";
import { found, idInAddress, openedVersion } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";
import { propertiesOf, rowFields, rowForm } from "../services/forms/row-fields.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { id, properties, updatedAt } = found(await readRow(workspace.id, idInAddress(params.id)));
  return { id, opened: updatedAt, fields: rowFields(properties) };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const id = idInAddress(params.id);
  return await keepForm(request, rowForm, async ({ workspace, form, typed }) => {
    if (form.get("intent") === "delete") {
      const { databaseId } = found(await readRow(workspace.id, id));
      found(await deleteRow(workspace.id, id));
      return redirect(`/app/databases/${databaseId}`, 303);
    }
    found(await updateRow(workspace.id, id, propertiesOf(typed.fields), openedVersion(form)));
    return redirect(`/app/rows/${id}`, 303);
  });
}

export const meta: MetaFunction = () => [{ title: "Edit row – Workspace search" }];

export default function EditRow() {
  const { id, opened, fields } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Edit row</h1>
      </header>
      <FormRefusal what="row" refusal={sent} />
      <RowForm
        fields={sent?.fields ?? fields}
        opened={sent?.opened ?? opened}
        problem={sent?.problem ?? null}
        refused={sent?.fields !== undefined}
        cancel={`/app/rows/${id}`}
      />
      <ConfirmDelete what="row">What search knows of it goes with it.</ConfirmDelete>
    </>
  );
}
