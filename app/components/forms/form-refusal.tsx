import type { Refusal } from "../../services/forms/kept-form.server.ts";
import { EditConflict } from "./edit-conflict.tsx";
import { useFocusOnRefusal } from "./focus-on-refusal.ts";

interface FormRefusalProps {
  /** What the form writes, as in “this page”. */
  what: string;
  /** What the action answered; undefined before anything was sent. */
  refusal: Pick<Refusal, "conflict" | "fault"> | undefined;
}

/** Says above a form why it was not kept, where no single field is to blame. */
export function FormRefusal({ what, refusal }: FormRefusalProps) {
  const heading = useFocusOnRefusal<HTMLHeadingElement>(refusal ?? null);
  if (refusal?.conflict) return <EditConflict what={what} current={refusal.conflict} />;
  if (!refusal?.fault) return null;
  return (
    <section className="notice notice-problem" role="alert">
      <h2 tabIndex={-1} ref={heading}>
        This {what} could not be saved just now
      </h2>
      <p>{refusal.fault} What you wrote is still here.</p>
    </section>
  );
}
