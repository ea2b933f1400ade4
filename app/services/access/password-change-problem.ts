import type { FieldProblem } from "../forms/form-fields.ts";
import { accessProblem } from "./access-error.ts";
import { TooManyAttemptsError } from "./too-many-attempts.ts";

/** How a refusal to change a password is answered. @throws the error itself where it is of another kind */
export function passwordChangeProblem(error: unknown): {
  status: number;
  headers: Record<string, string>;
  problem: FieldProblem;
} {
  if (!(error instanceof TooManyAttemptsError)) {
    return { status: 422, headers: {}, problem: accessProblem(error) };
  }
  const { seconds, message } = error;
  return {
    status: 429,
    headers: { "Retry-After": String(seconds) },
    problem: { field: "current", message },
  };
}
