import { isUuid } from "../embeddings/uuid.ts";

/** What is wrong with one field of a form, for the people who filled it in. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** The text of a field; empty where it was not sent or is a file. */
export function textOfField(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}

/** What a form of a name alone sends. */
export function nameForm(form: FormData): { name: string } {
  return { name: textOfField(form, "name") };
}

/** The version of what is edited that the form was filled from; undefined where it does not say. */
export function openedVersion(form: FormData): Date | undefined {
  const opened = new Date(textOfField(form, "opened"));
  return Number.isNaN(opened.getTime()) ? undefined : opened;
}

/** The id in an address, as the database writes it. @throws Response 404 where it cannot be one */
export function idInAddress(id: string | undefined): string {
  if (!isUuid(id)) throw new Response(null, { status: 404 });
  return id.toLowerCase();
}

/** What was looked for. @throws Response 404 where the workspace has no such thing */
export function found<Thing>(thing: Thing | null | false): Thing {
  if (thing === null || thing === false) throw new Response(null, { status: 404 });
  return thing;
}
