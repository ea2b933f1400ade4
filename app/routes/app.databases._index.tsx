import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { DatabaseForm } from "../components/databases/database-form.tsx";
import { DatabaseList } from "../components/databases/database-list.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { createDatabase, listDatabases } from "../services/content/databases.server.ts";
import { nameForm } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  return { databases: await listDatabases(workspace.id) };
}

export async function action({ request }: ActionFunctionArgs) {
  return await keepForm(request, nameForm, async ({ workspace, typed }) =>
    redirect(`/app/databases/${await createDatabase(workspace.id, typed)}`, 303),
  );
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
      <FormRefusal what="database" refusal={sent} />
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
