import { type ReactNode, useId } from "react";

interface FieldProps {
  label: string;
  /** What the field is sent as. */
  name: string;
  hint?: ReactNode;
  /** What is wrong with what was written; shown beside the field and told with it. */
  problem?: string | null | undefined;
  /** Draws the control with the properties that tie it to its label and messages. */
  children: (control: FieldControl) => ReactNode;
}

export interface FieldControl {
  id: string;
  name: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

/** A labelled control with its hint and its problem. */
export function Field({ label, name, hint, problem, children }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}hint` : "", problem ? `${id}problem` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        name,
        ...(described === "" ? {} : { "aria-describedby": described }),
        ...(problem ? { "aria-invalid": true as const } : {}),
      })}
      {hint && (
        <p className="field-hint" id={`${id}hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className="field-problem" id={`${id}problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}
