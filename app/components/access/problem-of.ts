import type { FieldProblem } from "../../services/forms/form-fields.ts";

/** What is wrong with the field of that name; null where it is another one, or none. */
export function problemOf(field: string, problem: FieldProblem | null | undefined): string | null {
  return problem?.field === field ? problem.message : null;
}
