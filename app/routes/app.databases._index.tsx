import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { DatabaseForm } from "../components/databases/database-form.tsx";
import { DatabaseList } from "../components/databases/database-list.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { createDatabase, listDatabases } from "../services/content/databases.server.ts";
import { fieldProblem, textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  return { databases: await listDatabases(workspace.id) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const name = textOfField(form, "name");
  try {
    return redirect(`/app/databases/${await createDatabase(workspace.id, { name })}`, 303);
  } catch (error) {
    return data({ problem: fieldProblem(error), name }, { status: 422 });
  }
}

export const meta: MetaFunction = () => [{ title: "Databases – Workspace search" }];

export default function Databases() {
  const { databases } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Databases</h1>
      </header>
      <DatabaseList databases={databases} />
      <DatabaseForm
        label="New database"
        name={sent?.name ?? ""}
        button="Create"
        intent="create"
        problem={sent?.problem ?? null}
      />
    </>
  );
}
