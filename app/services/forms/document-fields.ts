import { textOfField } from "./form-fields.ts";

/** What the form of a document sends. */
export function documentFields(form: FormData): { title: string; content: string; sourceUri: string } {
  return {
    title: textOfField(form, "title"),
    content: textOfField(form, "content"),
    sourceUri: textOfField(form, "sourceUri"),
  };
}
