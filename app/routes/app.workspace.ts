import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { requireUser } from "../services/access/access.server.ts";
import { smallForm } from "../services/access/small-form.server.ts";
import { switchWorkspace } from "../services/access/workspaces.server.ts";
import { found, textOfField } from "../services/forms/form-fields.ts";

export function loader() {
  return redirect("/app");
}

/** Goes to another workspace of the same user. */
export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireUser(request);
  const form = await smallForm(request);
  const cookie = found(await switchWorkspace(request, userId, textOfField(form, "workspace")));
  return redirect("/app", { status: 303, headers: { "Set-Cookie": cookie } });
}
