import { Form } from "@remix-run/react";
import type { MemberListItem } from "../../services/access/members.server.ts";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { When } from "../when.tsx";
import { WorkspaceField } from "./workspace-field.tsx";

interface MemberListProps {
  members: readonly MemberListItem[];
  /** Id of the reader. */
  own: string;
  /** Whether the reader may change roles and remove members. */
  editable: boolean;
  /** Which change of which member was refused. */
  refused: { readonly userId: string; readonly problem: FieldProblem } | null;
}

export function MemberList({ members, own, editable, refused }: MemberListProps) {
  return (
    <section aria-labelledby="members">
      <h2 id="members">Members</h2>
      <ul className="entries">
        {members.map((member) => (
          <li key={member.userId} className="entry">
            <span className="entry-name">
              {member.email}
              {member.userId === own && <span className="quiet"> (you)</span>}
            </span>
            <span className="entry-facts">
              {member.role === "admin" ? "Admin" : "Member"}, since <When at={member.joinedAt} />
            </span>
            {editable && <Changes key={member.role} member={member} />}
            {refused?.userId === member.userId && (
              <p className="field-problem" role="alert">
                {refused.problem.message}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What an admin can do about a member; removal on the second press. */
function Changes({ member: { userId, email, role, keys } }: { member: MemberListItem }) {
  return (
    <details className="entry-more">
      <summary>
        Change<span className="visually-hidden"> {email}</span>
      </summary>
      <Form method="post" className="form-actions">
        <WorkspaceField />
        <input type="hidden" name="user" value={userId} />
        <input type="hidden" name="role" value={role === "admin" ? "member" : "admin"} />
        <button type="submit" name="intent" value="role" className="button button-quiet">
          {role === "admin" ? "Make an ordinary member" : "Make an admin"}
        </button>
        <button type="submit" name="intent" value="remove" className="button button-danger">
          Remove from the workspace
        </button>
        {keys > 0 && (
          <span className="quiet">
            {keys === 1 ? "The API key that they made is" : `The ${keys} API keys that they made are`} revoked
            when they are removed.
          </span>
        )}
      </Form>
    </details>
  );
}
