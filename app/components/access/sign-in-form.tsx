import { Form } from "@remix-run/react";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { Field } from "../forms/field.tsx";
import { PasswordField } from "./password-field.tsx";
import { problemOf } from "./problem-of.ts";

interface SignInFormProps {
  /** What was typed before. */
  email: string;
  problem: FieldProblem | null;
  busy: boolean;
}

export function SignInForm({ email, problem, busy }: SignInFormProps) {
  return (
    <section className="sign-in">
      <h1>Sign in</h1>
      <Form method="post" className="form" aria-busy={busy}>
        <Field label="E-mail" name="email" problem={problemOf("email", problem)}>
          {(control) => (
            <input
              {...control}
              type="email"
              defaultValue={email}
              autoComplete="username"
              maxLength={254}
              autoCapitalize="none"
              spellCheck={false}
              required
            />
          )}
        </Field>
        <PasswordField label="Password" name="password" use="current" problem={problem} />
        <div className="form-actions">
          <button type="submit" className="button">
            Sign in
          </button>
        </div>
      </Form>
      <p className="quiet">No account, or the password is lost? An admin of your workspace can help.</p>
    </section>
  );
}
