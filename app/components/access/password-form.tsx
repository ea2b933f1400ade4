import { Form } from "@remix-run/react";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { PasswordField } from "./password-field.tsx";

interface PasswordFormProps {
  /** Whose password it is, for password managers. */
  email: string;
  /** What the present password is called. */
  current: string;
  /** What its button says. */
  button: string;
  problem: FieldProblem | null;
}

/** Replaces somebody's own password. */
export function PasswordForm({ email, current, button, problem }: PasswordFormProps) {
  return (
    <Form method="post" className="form narrow">
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField label={current} name="current" use="current" problem={problem} />
      <PasswordField label="The new one" name="wanted" use="new" problem={problem} />
      <PasswordField label="The new one once more" name="again" use="repeated" problem={problem} />
      <div className="form-actions">
        <button type="submit" className="button">
          {button}
        </button>
      </div>
    </Form>
  );
}
