import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { NameForm } from "../components/access/name-form.tsx";
import { WorkspaceList } from "../components/access/workspace-list.tsx";
import { requireAdmin, requireMember } from "../services/access/access.server.ts";
import { accessProblem } from "../services/access/access-error.ts";
import { smallForm } from "../services/access/small-form.server.ts";
import { createWorkspace, listWorkspaces, switchWorkspace } from "../services/access/workspaces.server.ts";
import { found, textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { userId, role, workspace } = await requireMember(request);
  return { current: workspace.id, mayMake: role === "admin", workspaces: await listWorkspaces(userId) };
}

/** For admins: an admin of any workspace also sees how the database migrates, and steers it. */
export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireAdmin(request);
  const name = textOfField(await smallForm(request), "name");
  try {
    const { id } = await createWorkspace(userId, { name });
    const cookie = found(await switchWorkspace(request, userId, id));
    return redirect("/app", { status: 303, headers: { "Set-Cookie": cookie } });
  } catch (error) {
    return data({ name, problem: accessProblem(error) }, { status: 422 });
  }
}

export default function Workspaces() {
  const { current, mayMake, workspaces } = useLoaderData<typeof loader>();
  const refused = useActionData<typeof action>();
  return (
    <>
      <WorkspaceList workspaces={workspaces} current={current} />
      <section aria-labelledby="new-workspace">
        <h2 id="new-workspace">Make a workspace</h2>
        {mayMake ? (
          <>
            <NameForm
              label="Name"
              button="Make"
              intent="create"
              name={refused?.name}
              problem={refused?.problem ?? null}
            />
            <p className="quiet">
              It is empty, you are its admin, and nobody else sees it until you add them.
            </p>
          </>
        ) : (
          <p className="quiet">An admin of this workspace can make another one.</p>
        )}
      </section>
    </>
  );
}
