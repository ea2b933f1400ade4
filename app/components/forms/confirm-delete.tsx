import { Form } from "@remix-run/react";
import type { ReactNode } from "react";
import { WorkspaceField } from "../access/workspace-field.tsx";

interface ConfirmDeleteProps {
  /** What is to go, as in “Delete this page”. */
  what: string;
  /** What goes with it, and what does not. */
  children: ReactNode;
}

/** Deletes on the second press, with JavaScript or without. The route's action gets `intent` = `delete`. */
export function ConfirmDelete({ what, children }: ConfirmDeleteProps) {
  return (
    <details className="confirm">
      <summary>Delete this {what}…</summary>
      <Form method="post" className="notice notice-problem">
        <WorkspaceField />
        <p>{children}</p>
        <button type="submit" name="intent" value="delete" className="button button-danger">
          Delete this {what} for good
        </button>
      </Form>
    </details>
  );
}
