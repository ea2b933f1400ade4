import { Form } from "@remix-run/react";
import { PASSWORD_MAX, PASSWORD_MIN } from "../../services/access/password-rules.ts";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { Field } from "../forms/field.tsx";
import { problemOf } from "./problem-of.ts";

interface PasswordFormProps {
  /** Whose password it is, for password managers. */
  email: string;
  problem: FieldProblem | null;
}

export function PasswordForm({ email, problem }: PasswordFormProps) {
  return (
    <Form method="post" className="form narrow">
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <Field label="Your present password" name="current" problem={problemOf("current", problem)}>
        {(control) => <input {...control} type="password" autoComplete="current-password" required />}
      </Field>
      <Field
        label="The new one"
        name="wanted"
        hint={`${PASSWORD_MIN} characters or more; a few words together are good.`}
        problem={problemOf("wanted", problem)}
      >
        {(control) => (
          <input
            {...control}
            type="password"
            autoComplete="new-password"
            minLength={PASSWORD_MIN}
            maxLength={PASSWORD_MAX}
            required
          />
        )}
      </Field>
      <Field label="The new one once more" name="again" problem={problemOf("again", problem)}>
        {(control) => <input {...control} type="password" autoComplete="new-password" required />}
      </Field>
      <div className="form-actions">
        <button type="submit" className="button">
          Change it
        </button>
      </div>
    </Form>
  );
}
