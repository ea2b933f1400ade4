import type { FieldProblem } from "../forms/form-fields.ts";

/** What somebody sent cannot be done; the message goes beside the field of that name. */
export class AccessError extends Error {
  override readonly name = "AccessError";

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** What an error says about a field. @throws the error itself where it is of another kind */
export function accessProblem(error: unknown): FieldProblem {
  if (!(error instanceof AccessError)) throw error;
  return { field: error.field, message: error.message };
}
