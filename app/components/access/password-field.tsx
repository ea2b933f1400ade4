import { PASSWORD_MAX, PASSWORD_MIN } from "../../services/access/password-rules.ts";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { Field } from "../forms/field.tsx";
import { problemOf } from "./problem-of.ts";

interface PasswordFieldProps {
  label: string;
  name: string;
  /** For password managers; a new one is held to the rules, unless it only repeats another field. */
  use: "current" | "new" | "repeated";
  problem: FieldProblem | null;
}

export function PasswordField({ label, name, use, problem }: PasswordFieldProps) {
  const rules = use === "new" ? { minLength: PASSWORD_MIN, maxLength: PASSWORD_MAX } : {};
  return (
    <Field
      label={label}
      name={name}
      hint={use === "new" && `${PASSWORD_MIN} characters or more; a few words together are good.`}
      problem={problemOf(name, problem)}
    >
      {(control) => (
        <input
          {...control}
          {...rules}
          type="password"
          autoComplete={use === "current" ? "current-password" : "new-password"}
          required
        />
      )}
    </Field>
  );
}
