import { When } from "../when.tsx";

interface EditConflictProps {
  /** What stands in the workspace now. */
  title: string;
  markdown: string;
  updatedAt: Date;
}

/** Shows the other text beside one's own, so that neither is lost. */
export function EditConflict({ title, markdown, updatedAt }: EditConflictProps) {
  return (
    <section className="notice notice-problem" role="alert">
      <h2>Somebody else changed this page</h2>
      <p>
        Nothing was saved. What you wrote is still in the form below; this is what the page says now, written{" "}
        <When at={updatedAt} />. Bring the two together in the form. Saving it then replaces this text.
      </p>
      <p>
        <strong>{title}</strong>
      </p>
      <textarea
        className="text-area other-text"
        aria-label="What the page says now"
        readOnly
        rows={12}
        value={markdown}
      />
    </section>
  );
}
