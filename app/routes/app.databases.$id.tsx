import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { DatabaseForm } from "../components/databases/database-form.tsx";
import { NoRows } from "../components/databases/no-rows.tsx";
import { RowsTable } from "../components/databases/rows-table.tsx";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { Pager } from "../components/pager.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { deleteDatabase, readDatabase, renameDatabase } from "../services/content/databases.server.ts";
import { found, idInAddress, nameForm } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";
import { listPart } from "../services/forms/list-part.ts";
import { tableOf } from "../services/reading/row-columns.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const part = listPart(new URL(request.url).searchParams);
  const { rows, ...database } = found(await readDatabase(workspace.id, idInAddress(params.id), part));
  const pages = Math.max(1, Math.ceil(database.rowCount / part.limit));
  return { database, table: tableOf(rows), page: part.page, pages };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const id = idInAddress(params.id);
  return await keepForm(request, nameForm, async ({ workspace, form, typed }) => {
    if (form.get("intent") === "delete") {
      found(await deleteDatabase(workspace.id, id));
      return redirect("/app/databases", 303);
    }
    found(await renameDatabase(workspace.id, id, typed));
    return redirect(`/app/databases/${id}`, 303);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.database.name || "Untitled"} – Workspace search` },
];

export default function DatabasePage() {
  const { database, table, page, pages } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  const { id, name } = database;
  return (
    <div className="wide">
      <header className="page-head">
        <h1>{name || "Untitled database"}</h1>
        <div className="page-actions">
          <Link to={`/app/databases/${id}/new`} className="button">
            New row
          </Link>
        </div>
      </header>
      {table.rows.length === 0 ? (
        <NoRows databaseId={id} page={page} />
      ) : (
        <RowsTable name={name} table={table} />
      )}
      <Pager page={page} pages={pages} hasNext={page < pages} />
      <details className="rarely" open={sent !== undefined}>
        <summary>Rename or delete</summary>
        <FormRefusal what="database" refusal={sent} />
        <DatabaseForm
          key={name}
          label="Name"
          name={sent?.name ?? name}
          button="Rename"
          intent="rename"
          problem={sent?.problem ?? null}
        />
        <ConfirmDelete what="database">
          Its rows go with it, {database.rowCount} at the moment, and what search knows of them.
        </ConfirmDelete>
      </details>
    </div>
  );
}
