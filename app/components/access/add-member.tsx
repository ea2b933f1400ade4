import { Form } from "@remix-run/react";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { Field } from "../forms/field.tsx";
import { problemOf } from "./problem-of.ts";
import { WorkspaceField } from "./workspace-field.tsx";

interface AddMemberProps {
  /** What was sent and not taken. */
  refused: { readonly email: string; readonly role: string; readonly problem: FieldProblem } | null;
}

export function AddMember({ refused }: AddMemberProps) {
  return (
    <section aria-labelledby="add-member">
      <h2 id="add-member">Add a member</h2>
      <Form method="post" className="form fields-line">
        <WorkspaceField />
        <Field label="E-mail" name="email" problem={problemOf("email", refused?.problem)}>
          {(control) => (
            <input
              {...control}
              type="email"
              defaultValue={refused?.email}
              autoComplete="off"
              maxLength={254}
              required
            />
          )}
        </Field>
        <Field label="Role" name="role" problem={problemOf("role", refused?.problem)}>
          {(control) => (
            <select {...control} defaultValue={refused?.role === "admin" ? "admin" : "member"}>
              <option value="member">Member: reads and writes</option>
              <option value="admin">Admin: also manages members and keys</option>
            </select>
          )}
        </Field>
        <div className="form-actions">
          <button type="submit" name="intent" value="add" className="button">
            Add
          </button>
        </div>
      </Form>
      <p className="quiet">
        Who has not chosen a password yet gets a first one, which you see once and pass on.
      </p>
    </section>
  );
}
