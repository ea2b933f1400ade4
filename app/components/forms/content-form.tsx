import { Form, Link, useNavigation } from "@remix-run/react";
import { type ReactNode, useRef } from "react";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { useUnsavedChanges } from "./unsaved-changes.ts";

interface ContentFormProps {
  /** Whether what stands in the fields was sent and not kept. */
  refused: boolean;
  /** The version of what is edited; left out for something new. */
  opened?: Date | undefined;
  /** Where "Cancel" leads. */
  cancel: string;
  /** More buttons, beside those of every form. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A form of something that people write: it is saved or cancelled, and not left behind unasked. */
export function ContentForm({ refused, opened, cancel, actions, children }: ContentFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const saving = useNavigation().formMethod === "POST";
  useUnsavedChanges(form, refused);
  return (
    <Form method="post" className="form" ref={form} aria-busy={saving}>
      <WorkspaceField />
      {opened !== undefined && (
        <input key={opened.toISOString()} type="hidden" name="opened" value={opened.toISOString()} />
      )}
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
