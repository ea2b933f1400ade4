import type { FieldProblem } from "../../services/forms/form-fields.ts";
import type { PageFormValues } from "../../services/forms/page-fields.ts";
import { ContentForm } from "../forms/content-form.tsx";
import { Field } from "../forms/field.tsx";

interface PageFormProps {
  values: PageFormValues;
  /** The pages it can stand under, in the order of the outline; `depth` says how deep. */
  parents: readonly { readonly id: string; readonly title: string; readonly depth: number }[];
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
      <Field label="Stands under" name="parentId" problem={problemOf("parentId")}>
        {(control) => (
          <select {...control} defaultValue={values.parentId}>
            <option value="">No page: at the top</option>
            {parents.map(({ id, title, depth }) => (
              <option key={id} value={id}>
                {`${"\u2003".repeat(depth)}${title || "Untitled page"}`}
              </option>
            ))}
          </select>
        )}
      </Field>
    </ContentForm>
  );
}
