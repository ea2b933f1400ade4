import { limitedFormData } from "../forms/limited-form-data.server.ts";
import {
  findAccessibleWorkspace,
  type Member,
  type Role,
  requireMember,
  requireRole,
  type Workspace,
} from "./access.server.ts";
import { ANOTHER_WORKSPACE, type AnotherWorkspace, WORKSPACE_FIELD } from "./another-workspace.ts";

/** A form that was sent for the workspace in which its sender is now. */
export interface MemberForm {
  readonly userId: string;
  readonly workspace: Workspace;
  readonly form: FormData;
}

/**
 * For actions that change something in the current workspace. The session has one for all tabs, so a form names the
 * workspace that it was made for (`WorkspaceField`): what was written in one never lands in another.
 *
 * @param needs.role whom else to refuse: those who are no admins
 * @param needs.bytes that the form may have; the limit of all forms unless given
 * @throws Response as `requireMember` and `limitedFormData`; 400 for a form that names no workspace, 409 with an
 *   {@link AnotherWorkspace} for one of another workspace, 403 for a member who is no admin where one is needed
 */
export async function requireMemberForm(
  request: Request,
  { role = "member", bytes }: { role?: Role; bytes?: number } = {},
): Promise<MemberForm> {
  const member = await requireMember(request);
  const form = await limitedFormData(request, bytes);
  const madeFor = form.get(WORKSPACE_FIELD);
  if (typeof madeFor !== "string" || madeFor === "") {
    throw new Response("The form does not say which workspace it is for. Open the page again.", {
      status: 400,
    });
  }
  const { userId, workspace } = member;
  if (madeFor !== workspace.id) throw await anotherWorkspace(request, form, member, madeFor);
  requireRole(member, role);
  return { userId, workspace, form };
}

/** Gives back what was typed: the page with the form may not be there in the workspace where the sender is now. */
async function anotherWorkspace(
  request: Request,
  form: FormData,
  member: Member,
  madeFor: string,
): Promise<Response> {
  const entries = [...form];
  const { pathname, search } = new URL(request.url);
  const sent: AnotherWorkspace = {
    kind: ANOTHER_WORKSPACE,
    now: member.workspace.name,
    madeFor: await findAccessibleWorkspace(member, madeFor),
    address: `${pathname}${search}`,
    fields: entries.flatMap(([name, value]) => (typeof value === "string" ? [{ name, value }] : [])),
    hasFiles: entries.some(([, value]) => value instanceof File && value.size > 0),
  };
  return Response.json(sent, { status: 409 });
}
