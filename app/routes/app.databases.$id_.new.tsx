import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { RowForm } from "../components/databases/row-form.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { createRow, readDatabase } from "../services/content/databases.server.ts";
import { found, idInAddress } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";
import { fieldsOfNewRow, propertiesOf, rowForm } from "../services/forms/row-fields.ts";

/** As many of the newest rows are looked at to see of which kind a field is. */
const ROWS_ALIKE = 20;

/** The new row has the fields of the one that was added last, empty. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { id, name, rows } = found(
    await readDatabase(workspace.id, idInAddress(params.id), { limit: ROWS_ALIKE }),
  );
  return { id, name, fields: fieldsOfNewRow(rows.map(({ properties }) => properties)) };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const id = idInAddress(params.id);
  return await keepForm(request, rowForm, async ({ workspace, typed }) => {
    const rowId = found(await createRow(workspace.id, id, propertiesOf(typed.fields)));
    return redirect(`/app/rows/${rowId}`, 303);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `New row of ${loaded?.name ?? "database"} – Workspace search` },
];

export default function NewRow() {
  const { id, name, fields } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>New row</h1>
        <p className="quiet">
          of <Link to={`/app/databases/${id}`}>{name}</Link>
        </p>
      </header>
      <FormRefusal what="row" refusal={sent} />
      <RowForm
        fields={sent?.fields ?? fields}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel={`/app/databases/${id}`}
      />
    </>
  );
}
