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
        {email} is a member of {workspace} now. They have an account, and sign in with the password they
        chose.
      </p>
    );
  }
  return (
    <ShownOnce title={`The password of ${email}`} secret={password}>
      Pass it on now: it is not shown again. They choose one of their own when they sign in. One that they
      were given before no longer works.
    </ShownOnce>
  );
}
