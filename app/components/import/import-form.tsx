import { Form, useNavigation } from "@remix-run/react";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { Field } from "../forms/field.tsx";
import { keepReadable } from "./readable-files.ts";

const ACCEPTED = ".md,.markdown,.txt";

/** React has no name for the attribute that lets people choose a folder. */
const FOLDER = { webkitdirectory: "" };

/** Sends a folder, or files, to be imported. Without JavaScript it sends all of them; with it only those of use. */
export function ImportForm({ problem }: { problem: string | null }) {
  const sending = useNavigation().formMethod === "POST";
  return (
    <Form method="post" encType="multipart/form-data" className="form" aria-busy={sending}>
      <WorkspaceField />
      <Field
        label="A folder"
        name="files"
        problem={problem}
        hint="Its Markdown and text files become pages that stand under each other as the folders do, links between them included."
      >
        {(control) => (
          <input
            {...control}
            {...FOLDER}
            type="file"
            multiple
            onChange={(event) => keepReadable(event.currentTarget)}
          />
        )}
      </Field>
      <Field
        label="Or single files"
        name="files"
        hint="Markdown or text, up to 2 MB each and 20 MB together."
      >
        {(control) => <input {...control} type="file" multiple accept={ACCEPTED} />}
      </Field>
      <p className="field-hint">
        Files that were imported before are updated, and their pages keep their addresses.
      </p>
      <div className="form-actions">
        <button type="submit" className="button" disabled={sending}>
          {sending ? "Importing…" : "Import"}
        </button>
        <span role="status" className="quiet">
          {sending && "The pages are being written."}
        </span>
      </div>
    </Form>
  );
}
