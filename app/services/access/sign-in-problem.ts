import type { FieldProblem } from "../forms/form-fields.ts";
import type { SignIn } from "./sign-in.server.ts";
import { tooMany } from "./too-many-attempts.ts";

/** How a refusal to sign somebody in is answered, and what they read beside which field. */
export function signInProblem(refusal: Exclude<SignIn, { kind: "signed-in" }>): {
  status: number;
  headers: Record<string, string>;
  problem: FieldProblem;
} {
  const onPassword = (message: string) => ({ field: "password", message });
  switch (refusal.kind) {
    case "incomplete":
      return { status: 422, headers: {}, problem: refusal.problem };
    case "wrong":
      return { status: 422, headers: {}, problem: onPassword("The e-mail or the password is wrong.") };
    case "nowhere":
      return {
        status: 403,
        headers: {},
        problem: onPassword("You are a member of no workspace. Ask an admin of yours to add you."),
      };
    case "too-many":
      return {
        status: 429,
        headers: { "Retry-After": String(refusal.seconds) },
        problem: onPassword(tooMany("attempts", refusal.seconds)),
      };
  }
}
