import type { FieldProblem } from "../../services/forms/form-fields.ts";
import type { PageFormValues } from "../../services/forms/page-fields.server.ts";
import type { ParentChoice } from "../../services/reading/parent-choice.server.ts";
import { ContentForm } from "../forms/content-form.tsx";
import { Field } from "../forms/field.tsx";
import { ParentField } from "./parent-field.tsx";

interface PageFormProps {
  values: PageFormValues;
  /** The pages it can stand under. */
  parents: ParentChoice;
  /** The version of the page that is edited; left out for a new one. */
  opened?: Date | undefined;
  problem: FieldProblem | null;
  /** Whether the values were sent and not kept. */
  refused: boolean;
  /** Where "Cancel" leads. */
  cancel: string;
}

export function PageForm({ values, parents, opened, problem, refused, cancel }: PageFormProps) {
  const problemOf = (field: string) => (problem?.field === field ? problem.message : null);
  return (
    <ContentForm refused={refused} opened={opened} cancel={cancel}>
      <Field label="Title" name="title" problem={problemOf("title")}>
        {(control) => (
          <input {...control} defaultValue={values.title} required maxLength={300} autoComplete="off" />
        )}
      </Field>
      <Field
        label="Text"
        name="markdown"
        problem={problemOf("markdown")}
        hint="Markdown. [[Title]] links to the page of that title."
      >
        {(control) => (
          <textarea {...control} className="text-area" defaultValue={values.markdown} rows={20} spellCheck />
        )}
      </Field>
      <ParentField values={values} parents={parents} problem={problemOf("parentId")} />
    </ContentForm>
  );
}
