import type { PageFields } from "../content/pages.server.ts";
import { textOfField } from "./form-fields.ts";

/** What stands in the form of a page. */
export interface PageFormValues {
  readonly title: string;
  readonly markdown: string;
  /** Empty for a page at the top. */
  readonly parentId: string;
}

/** What the form of a page sends. */
export function pageForm(form: FormData): { values: PageFormValues } {
  return {
    values: {
      title: textOfField(form, "title"),
      markdown: textOfField(form, "markdown"),
      parentId: textOfField(form, "parentId"),
    },
  };
}

/** The page that the form describes. */
export function pageFields({ title, markdown, parentId }: PageFormValues): PageFields {
  return { title, markdown, parentId: parentId || null };
}
