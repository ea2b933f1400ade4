import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { PageForm } from "../components/pages/page-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { createPage, listPages } from "../services/content/pages.server.ts";
import { fieldProblem } from "../services/forms/form-fields.ts";
import { pageFields } from "../services/forms/page-fields.ts";
import { possibleParents } from "../services/reading/possible-parents.ts";

/** `title` and `under`, the id of a page, fill in the form. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { searchParams } = new URL(request.url);
  return {
    values: {
      title: searchParams.get("title") ?? "",
      markdown: "",
      parentId: searchParams.get("under") ?? "",
    },
    parents: possibleParents(await listPages(workspace.id)),
  };
}

export async function action({ request }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const fields = pageFields(form);
  try {
    return redirect(`/app/pages/${await createPage(workspace.id, fields)}`, 303);
  } catch (error) {
    const values = { ...fields, parentId: fields.parentId ?? "" };
    return data({ problem: fieldProblem(error), values }, { status: 422 });
  }
}

export const meta: MetaFunction = () => [{ title: "New page – Workspace search" }];

export default function NewPage() {
  const { values, parents } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>New page</h1>
      </header>
      <PageForm
        values={sent?.values ?? values}
        parents={parents}
        opened={null}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel="/app/pages"
      />
    </>
  );
}
