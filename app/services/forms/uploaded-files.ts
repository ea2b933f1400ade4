import type { UploadedFile } from "../import/uploaded-files.ts";

/** The files of a field, in the order in which they were sent; a field that was left empty sends none. */
export async function uploadedFiles(form: FormData, name: string): Promise<UploadedFile[]> {
  const files = form.getAll(name).filter((value) => value instanceof File);
  const sent = files.filter((file) => file.name !== "" || file.size > 0);
  return await Promise.all(sent.map(async (file) => ({ path: file.name, text: await file.text() })));
}
