import type { DocumentFormValues } from "../../services/forms/document-fields.ts";
import type { FieldProblem } from "../../services/forms/form-fields.ts";
import { ContentForm } from "../forms/content-form.tsx";
import { Field } from "../forms/field.tsx";

interface DocumentFormProps {
  values: DocumentFormValues;
  /** The version of the document that is edited; left out for a new one. */
  opened?: Date | undefined;
  problem: FieldProblem | null;
  /** Whether the values were sent and not kept. */
  refused: boolean;
  cancel: string;
}

export function DocumentForm({ values, opened, problem, refused, cancel }: DocumentFormProps) {
  const problemOf = (field: string) => (problem?.field === field ? problem.message : null);
  return (
    <ContentForm refused={refused} opened={opened} cancel={cancel}>
      <Field label="Title" name="title" problem={problemOf("title")}>
        {(control) => (
          <input {...control} defaultValue={values.title} required maxLength={300} autoComplete="off" />
        )}
      </Field>
      <Field
        label="Source"
        name="sourceUri"
        problem={problemOf("sourceUri")}
        hint="Where it comes from: an address or a name. It may be left empty."
      >
        {(control) => <input {...control} defaultValue={values.sourceUri} autoComplete="off" />}
      </Field>
      <Field label="Text" name="content" problem={problemOf("content")}>
        {(control) => <textarea {...control} defaultValue={values.content} rows={20} required spellCheck />}
      </Field>
    </ContentForm>
  );
}
