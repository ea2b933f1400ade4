import { Form } from "@remix-run/react";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { Field } from "../forms/field.tsx";

interface DatabaseFormProps {
  label: string;
  name: string;
  /** What its button says, and what the action gets as `intent`. */
  button: string;
  intent: "create" | "rename";
  problem: FieldProblem | null;
}

/** The name of a database, a new one or another name for an old one. */
export function DatabaseForm({ label, name, button, intent, problem }: DatabaseFormProps) {
  return (
    <Form method="post" className="form-line">
      <WorkspaceField />
      <Field label={label} name="name" problem={problem?.message}>
        {(control) => <input {...control} defaultValue={name} required maxLength={300} autoComplete="off" />}
      </Field>
      <button type="submit" name="intent" value={intent} className="button button-quiet">
        {button}
      </button>
    </Form>
  );
}
