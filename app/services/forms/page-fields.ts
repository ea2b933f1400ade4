import type { PageFields } from "../content/pages.server.ts";
import { textOfField } from "./form-fields.ts";

/** What the form of a page sends. */
export function pageFields(form: FormData): PageFields & { parentId: string | null } {
  return {
    title: textOfField(form, "title"),
    markdown: textOfField(form, "markdown"),
    parentId: textOfField(form, "parentId") || null,
  };
}

/** The version of the page that was opened; undefined where the form does not say. */
export function openedVersion(form: FormData): Date | undefined {
  const opened = new Date(textOfField(form, "opened"));
  return Number.isNaN(opened.getTime()) ? undefined : opened;
}
