import { useId } from "react";
import type { CurrentVersion } from "../../services/content/content-error.ts";
import { When } from "../when.tsx";
import { useFocusOnRefusal } from "./focus-on-refusal.ts";

/** A text that is longer gets a box of its own, which scrolls. */
const ONE_LINE = 80;

interface EditConflictProps {
  /** What is edited, as in “this page”. */
  what: string;
  current: CurrentVersion;
}

/** Shows the other text beside one's own, so that neither is lost. */
export function EditConflict({ what, current }: EditConflictProps) {
  const id = useId();
  const heading = useFocusOnRefusal<HTMLHeadingElement>(current);
  const { updatedAt, fields } = current;
  return (
    <section className="notice notice-problem" role="alert">
      <h2 tabIndex={-1} ref={heading}>
        Somebody else changed this {what}
      </h2>
      <p>
        Nothing was saved. Theirs is newer, written <When at={updatedAt} />, and stands here; what you wrote
        is still in the form below. Bring the two together in the form. Saving it then replaces theirs.
      </p>
      <dl className="other-version">
        {fields.map(({ label, text }) => (
          <div key={label}>
            <dt id={`${id}${label}`}>{label}</dt>
            <dd>
              {text.length > ONE_LINE || text.includes("\n") ? (
                <textarea
                  className="text-area other-text"
                  aria-labelledby={`${id}${label}`}
                  readOnly
                  rows={12}
                  value={text}
                />
              ) : (
                text || <span className="quiet">empty</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
