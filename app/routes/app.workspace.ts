import { type ActionFunctionArgs, redirect } from "@remix-run/node";
import { requireUser } from "../services/access/access.server.ts";
import { SEND_TO_FIELD, WORKSPACE_FIELD } from "../services/access/another-workspace.ts";
import { START, safeReturnPath } from "../services/access/return-path.ts";
import { switchWorkspace } from "../services/access/workspaces.server.ts";
import { found, textOfField } from "../services/forms/form-fields.ts";
import { limitedFormData } from "../services/forms/limited-form-data.server.ts";

export function loader() {
  return redirect(START);
}

/**
 * Goes to another workspace of the same user, the one in the field `workspace`. With an address in `sendTo` the browser
 * sends the whole form on to it: 307 keeps method and body.
 */
export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireUser(request);
  const form = await limitedFormData(request);
  const cookie = found(await switchWorkspace(request, userId, textOfField(form, WORKSPACE_FIELD)));
  const headers = { "Set-Cookie": cookie };
  if (!form.has(SEND_TO_FIELD)) return redirect(START, { status: 303, headers });
  return redirect(safeReturnPath(form.get(SEND_TO_FIELD)), { status: 307, headers });
}
