import { Form } from "@remix-run/react";
import { NAME_MAX } from "../../services/access/names.ts";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { Field } from "../forms/field.tsx";
import { problemOf } from "./problem-of.ts";
import { WorkspaceField } from "./workspace-field.tsx";

interface NameFormProps {
  label: string;
  /** What its button says. */
  button: string;
  intent: string;
  /** What was sent and not taken. */
  name: string | undefined;
  problem: FieldProblem | null;
}

/** Makes something that needs no more than a name. */
export function NameForm({ label, button, intent, name, problem }: NameFormProps) {
  return (
    <Form method="post" className="form fields-line">
      <WorkspaceField />
      <Field label={label} name="name" problem={problemOf("name", problem)}>
        {(control) => (
          <input {...control} defaultValue={name} maxLength={NAME_MAX} autoComplete="off" required />
        )}
      </Field>
      <div className="form-actions">
        <button type="submit" name="intent" value={intent} className="button">
          {button}
        </button>
      </div>
    </Form>
  );
}
