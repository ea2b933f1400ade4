import { Form, Link, useNavigation } from "@remix-run/react";
import { type ReactNode, useRef } from "react";
import { useUnsavedChanges } from "./unsaved-changes.ts";

interface ContentFormProps {
  /** Whether what stands in the fields was sent and not kept. */
  refused: boolean;
  /** Where "Cancel" leads. */
  cancel: string;
  /** More buttons, beside those of every form. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A form of something that people write: it is saved or cancelled, and not left behind unasked. */
export function ContentForm({ refused, cancel, actions, children }: ContentFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const saving = useNavigation().formMethod === "POST";
  useUnsavedChanges(form, refused);
  return (
    <Form method="post" className="form" ref={form} aria-busy={saving}>
      {children}
      <div className="form-actions">
        <button type="submit" className="button">
          Save
        </button>
        {actions}
        <Link to={cancel} className="button button-quiet">
          Cancel
        </Link>
      </div>
    </Form>
  );
}
