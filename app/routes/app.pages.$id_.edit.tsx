import type { ActionFunctionArgs, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { data, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { ConfirmDelete } from "../components/forms/confirm-delete.tsx";
import { EditConflict } from "../components/pages/edit-conflict.tsx";
import { PageForm } from "../components/pages/page-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { EditConflictError } from "../services/content/content-error.ts";
import { deletePage, listPages, readPage, updatePage } from "../services/content/pages.server.ts";
import { fieldProblem, found, idInAddress } from "../services/forms/form-fields.ts";
import { openedVersion, pageFields } from "../services/forms/page-fields.ts";
import { possibleParents } from "../services/reading/possible-parents.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const id = idInAddress(params.id);
  const [page, pages] = await Promise.all([readPage(workspace.id, id), listPages(workspace.id)]);
  const { title, markdown, parentId, updatedAt } = found(page);
  return {
    id,
    opened: updatedAt,
    values: { title, markdown, parentId: parentId ?? "" },
    parents: possibleParents(pages, id),
  };
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request);
  const id = idInAddress(params.id);
  if (form.get("intent") === "delete") {
    found(await deletePage(workspace.id, id));
    return redirect("/app/pages", 303);
  }
  const fields = pageFields(form);
  const values = { ...fields, parentId: fields.parentId ?? "" };
  const opened = openedVersion(form);
  try {
    found(await updatePage(workspace.id, id, fields, opened));
    return redirect(`/app/pages/${id}`, 303);
  } catch (error) {
    if (error instanceof EditConflictError) {
      return data(
        { problem: null, conflict: error.current, opened: error.current.updatedAt, values },
        { status: 409 },
      );
    }
    // Still the version that was opened: another one may have been written since, and must not be lost.
    return data({ problem: fieldProblem(error), conflict: null, opened, values }, { status: 422 });
  }
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
      {sent?.conflict && <EditConflict {...sent.conflict} />}
      <PageForm
        values={sent?.values ?? values}
        parents={parents}
        opened={sent?.opened ?? opened}
        problem={sent?.problem ?? null}
        refused={sent !== undefined}
        cancel={`/app/pages/${id}`}
      />
      <ConfirmDelete what="page">
        Its text and what search knows of it go with it. Pages under it move up to where it stood.
      </ConfirmDelete>
    </>
  );
}
