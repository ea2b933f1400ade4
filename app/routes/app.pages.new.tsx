import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { PageForm } from "../components/pages/page-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { createPage } from "../services/content/pages.server.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";
import { pageFields, pageForm } from "../services/forms/page-fields.server.ts";
import { readParentChoice } from "../services/reading/parent-choice.server.ts";

/** `title` and `under`, the id of a page, fill in the form. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { searchParams } = new URL(request.url);
  const parentId = searchParams.get("under") ?? "";
  const { parents, values } = await readParentChoice(workspace.id, { parentId });
  return { values: { title: searchParams.get("title") ?? "", markdown: "", ...values }, parents };
}

export async function action({ request }: ActionFunctionArgs) {
  return await keepForm(request, pageForm, async ({ workspace, typed }) =>
    redirect(
      `/app/pages/${await createPage(workspace.id, await pageFields(workspace.id, typed.values))}`,
      303,
    ),
  );
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
      <FormRefusal what="page" refusal={sent} />
      <PageForm
        values={sent?.values ?? values}
        parents={parents}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel="/app/pages"
      />
    </>
  );
}
