import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { FormRefusal } from "../components/forms/form-refusal.tsx";
import { PageForm } from "../components/pages/page-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { deletePage, readPage, updatePage } from "../services/content/pages.server.ts";
import { found, idInAddress, openedVersion } from "../services/forms/form-fields.ts";
import { keepForm } from "../services/forms/kept-form.server.ts";
import { pageFields, pageForm } from "../services/forms/page-fields.server.ts";
import { readParentChoice } from "../services/reading/parent-choice.server.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const id = idInAddress(params.id);
  const { title, markdown, parentId, updatedAt } = found(await readPage(workspace.id, id));
  const choice = await readParentChoice(workspace.id, { pageId: id, parentId: parentId ?? "" });
  return {
    id,
    opened: updatedAt,
    values: { title, markdown, ...choice.values },
    parents: choice.parents,
  };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const id = idInAddress(params.id);
  return await keepForm(request, pageForm, async ({ workspace, form, typed }) => {
    if (form.get("intent") === "delete") {
      found(await deletePage(workspace.id, id));
      return redirect("/app/pages", 303);
    }
    const fields = await pageFields(workspace.id, typed.values);
    found(await updatePage(workspace.id, id, fields, openedVersion(form)));
    return redirect(`/app/pages/${id}`, 303);
  });
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `Edit ${loaded?.values.title ?? "page"} – Workspace search` },
];

export default function EditPage() {
  const { id, opened, values, parents } = useLoaderData<typeof loader>();
  const sent = useActionData<typeof action>();
  return (
    <>
      <header className="page-head">
        <h1>Edit page</h1>
      </header>
      <FormRefusal what="page" refusal={sent} />
      <PageForm
        values={sent?.values ?? values}
        parents={parents}
        opened={sent?.opened ?? opened}
        problem={sent?.problem ?? null}
        refused={sent?.values !== undefined}
        cancel={`/app/pages/${id}`}
      />
      <ConfirmDelete what="page">
        Its text and what search knows of it go with it. Pages under it move up to where it stood.
      </ConfirmDelete>
    </>
  );
}
