import type { AddedMember } from "../../services/access/members.server.ts";
import { ShownOnce } from "./shown-once.tsx";

/** What to tell somebody who was just added. */
export function NewMember({
  added: { email, password },
  workspace,
}: {
  added: AddedMember;
  workspace: string;
}) {
  if (password === null) {
    return (
      <p className="notice" role="status">
        {email} is a member of {workspace} now, and signs in with the password they have.
      </p>
    );
  }
  return (
    <ShownOnce title={`The password of ${email}`} secret={password}>
      Pass it on now: it is not shown again. They should change it under Settings, Your account.
    </ShownOnce>
  );
}
