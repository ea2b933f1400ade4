import { useState } from "react";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import type { RowField } from "../../services/forms/row-fields.ts";
import { ContentForm } from "../forms/content-form.tsx";
import { useFocusOnRefusal } from "../forms/focus-on-refusal.ts";
import { RowFieldInputs } from "./row-field-inputs.tsx";

/** Empty fields at the end: without JavaScript there is no button that adds one. */
const SPARE_FIELDS = 2;

const EMPTY: RowField = { name: "", value: "", kind: "text" };

interface RowFormProps {
  fields: readonly RowField[];
  /** The version of the row that is edited; left out for a new one. */
  opened?: Date | undefined;
  problem: FieldProblem | null;
  /** Whether the fields were sent and not kept. */
  refused: boolean;
  cancel: string;
}

/** The properties of a row, each with its name. What is left without name and value is no property. */
export function RowForm({ fields, opened, problem, refused, cancel }: RowFormProps) {
  const [added, setAdded] = useState(0);
  const message = useFocusOnRefusal<HTMLParagraphElement>(problem);
  const count = fields.length + SPARE_FIELDS + added;
  return (
    <ContentForm
      refused={refused}
      opened={opened}
      cancel={cancel}
      actions={
        <button type="button" className="button button-quiet script-only" onClick={() => setAdded(added + 1)}>
          Add a field
        </button>
      }
    >
      {problem !== null && (
        <p className="field-problem" role="alert" tabIndex={-1} ref={message}>
          {problem.message}
        </p>
      )}
      <ol className="row-fields" key={JSON.stringify(fields)}>
        {numbersTo(count).map((number) => (
          <RowFieldInputs key={number} field={fields[number - 1] ?? EMPTY} number={number} />
        ))}
      </ol>
      <p className="field-hint">A field without a name and a value is left out. Clear both to remove it.</p>
    </ContentForm>
  );
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place + 1);
}
