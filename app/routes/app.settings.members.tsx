import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { AddMember } from "../components/access/add-member.tsx";
import { MemberList } from "../components/access/member-list.tsx";
import { NewMember } from "../components/access/new-member.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { accessProblem } from "../services/access/access-error.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { addMember, changeRole, listMembers, removeMember } from "../services/access/members.server.ts";
import { found, textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { userId, role, workspace } = await requireMember(request);
  return { userId, isAdmin: role === "admin", workspace, members: await listMembers(workspace.id) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { workspace, form } = await requireMemberForm(request, { role: "admin" });
  const [intent, userId] = [textOfField(form, "intent"), textOfField(form, "user")];
  const sent = { email: textOfField(form, "email"), role: textOfField(form, "role") };
  try {
    if (intent === "role") found(await changeRole(workspace.id, userId, sent.role));
    else if (intent === "remove") found(await removeMember(workspace.id, userId));
    else return { added: await addMember(workspace.id, sent), refused: null };
  } catch (error) {
    const refused = { ...sent, userId, problem: accessProblem(error) };
    return data({ added: null, refused }, { status: 422 });
  }
  return redirect("/app/settings/members", 303);
}

export default function Members() {
  const { userId, isAdmin, workspace, members } = useLoaderData<typeof loader>();
  const { added = null, refused = null } = useActionData<typeof action>() ?? {};
  return (
    <>
      {added !== null && <NewMember added={added} workspace={workspace.name} />}
      <MemberList members={members} own={userId} editable={isAdmin} refused={refused} />
      {isAdmin && (
        // A new form once somebody was added: the old one still has their address in it.
        <AddMember key={added?.email} refused={refused?.userId === "" ? refused : null} />
      )}
    </>
  );
}
