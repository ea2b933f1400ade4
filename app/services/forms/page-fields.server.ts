import { pageNamed } from "../content/page-names.server.ts";
import type { PageFields } from "../content/pages.server.ts";
import { textOfField } from "./form-fields.ts";

/** What stands in the form of a page. */
export interface PageFormValues {
  readonly title: string;
  readonly markdown: string;
  /** Empty for a page at the top. */
  readonly parentId: string;
  /** Null where the page above it is chosen from a list; otherwise it is written. */
  readonly parent: WrittenParent | null;
}

interface WrittenParent {
  readonly name: string;
  /** The name that `parentId` had when the form was opened: as long as it stays, the same page is meant. */
  readonly was: string;
}

/** What the form of a page sends. */
export function pageForm(form: FormData): { values: PageFormValues } {
  return {
    values: {
      title: textOfField(form, "title"),
      markdown: textOfField(form, "markdown"),
      parentId: textOfField(form, "parentId"),
      parent: form.has("parentName")
        ? { name: textOfField(form, "parentName"), was: textOfField(form, "parentWas") }
        : null,
    },
  };
}

/**
 * The page that the form describes.
 * @throws {ContentError} with field `parentId`, where the name of the page above it is no page's or several pages'
 */
export async function pageFields(
  workspaceId: string,
  { title, markdown, parentId, parent }: PageFormValues,
): Promise<PageFields> {
  const isChosen = parent === null || parent.name === parent.was;
  if (isChosen) return { title, markdown, parentId: parentId || null };
  if (parent.name.trim() === "") return { title, markdown, parentId: null };
  return { title, markdown, parentId: await pageNamed(workspaceId, "parentId", parent.name) };
}
