import { limitedFormData } from "../forms/limited-form-data.server.ts";

/** More than a form of some short fields can have. */
const FORM_BYTES = 64 * 1024;

/** The fields of a form about access. @throws Response 413 where it is larger than any of them, 400 where it is no form */
export function smallForm(request: Request): Promise<FormData> {
  return limitedFormData(request, FORM_BYTES);
}
