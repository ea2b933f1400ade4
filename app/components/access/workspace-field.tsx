import { useRouteLoaderData } from "@remix-run/react";
import type { loader } from "../../routes/app.tsx";
import { WORKSPACE_FIELD } from "../../services/access/another-workspace.ts";

/**
 * Names the workspace that a form is for. Each form that changes something in the current workspace has it: another
 * tab may have gone elsewhere by the time it is sent, and then the action refuses it.
 */
export function WorkspaceField() {
  const who = useRouteLoaderData<typeof loader>("routes/app")?.who;
  return <input type="hidden" name={WORKSPACE_FIELD} value={who?.workspace.id ?? ""} />;
}
