import { textOfField } from "./form-fields.ts";

/** What stands in the form of a document. */
export interface DocumentFormValues {
  readonly title: string;
  readonly content: string;
  /** Empty where it is not said. */
  readonly sourceUri: string;
}

/** What the form of a document sends. */
export function documentForm(form: FormData): { values: DocumentFormValues } {
  return {
    values: {
      title: textOfField(form, "title"),
      content: textOfField(form, "content"),
      sourceUri: textOfField(form, "sourceUri"),
    },
  };
}
