import { data, type TypedResponse } from "@remix-run/node";
import { type MemberForm, requireMemberForm } from "../access/member-form.server.ts";
import { ContentError, type CurrentVersion, EditConflictError } from "../content/content-error.ts";
import { type FieldProblem, openedVersion } from "./form-fields.ts";
import { limitedFormData } from "./limited-form-data.server.ts";
import { passingFault } from "./passing-fault.ts";

/** Why what a form sent was not kept: one of the three. */
export interface Refusal {
  /** A field cannot be kept as it is (422). */
  readonly problem: FieldProblem | null;
  /** Somebody else has written the same meanwhile (409). */
  readonly conflict: CurrentVersion | null;
  /** Nothing is wrong with what was sent: it can be sent again as it is (503). */
  readonly fault: string | null;
  /** The version on which the form rests from now on. */
  readonly opened: Date | undefined;
}

interface SentForm<Typed> extends MemberForm {
  /** As `read` gave it. */
  readonly typed: Typed;
}

/**
 * The action of a form that people write in: reads it, lets `save` keep it, and where it cannot be kept now gives back
 * what was typed with the reason, so that nobody has to type anything twice.
 * @param read what was typed, in the shape in which the form shows it; with `intent` = `delete` it is not given back
 * @throws Response as `requireMemberForm` and `save` do
 */
export async function keepForm<Typed extends object>(
  request: Request,
  read: (form: FormData) => Typed,
  save: (sent: SentForm<Typed>) => Promise<TypedResponse<never>>,
) {
  const refused = (form: FormData, error: unknown) => {
    const { status, ...refusal } = refusalOf(error, openedVersion(form));
    const typed: Partial<Typed> = form.get("intent") === "delete" ? {} : read(form);
    return data({ ...typed, ...refusal }, { status });
  };
  let sent: MemberForm;
  try {
    sent = await requireMemberForm(request);
  } catch (error) {
    // The database is away, and so it is not known who asks: what they typed is given back to them all the same.
    if (passingFault(error) === null || request.bodyUsed) throw error;
    return refused(await limitedFormData(request), error);
  }
  try {
    return await save({ ...sent, typed: read(sent.form) });
  } catch (error) {
    return refused(sent.form, error);
  }
}

/** @throws the error itself where it is of another kind */
function refusalOf(error: unknown, opened: Date | undefined): Refusal & { status: number } {
  const none = { problem: null, conflict: null, fault: null };
  if (error instanceof EditConflictError) {
    return { ...none, status: 409, conflict: error.current, opened: error.current.updatedAt };
  }
  // Still the version that was opened: another one may have been written since, and must not be lost.
  if (error instanceof ContentError) {
    return { ...none, status: 422, problem: { field: error.field, message: error.message }, opened };
  }
  const fault = passingFault(error);
  if (fault === null) throw error;
  return { ...none, status: 503, fault, opened };
}
