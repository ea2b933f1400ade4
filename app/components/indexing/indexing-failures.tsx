import { Form, Link } from "@remix-run/react";
import type { IndexingFailure } from "../../services/rag/rag-indexing.server.ts";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { TYPE_NAMES } from "../type-names.ts";
import { When } from "../when.tsx";

/** More than these are counted, not listed. */
const LISTED = 50;

interface IndexingFailuresProps {
  failures: readonly IndexingFailure[];
  mayRetry: boolean;
}

/** What could not be indexed, and why. */
export function IndexingFailures({ failures, mayRetry }: IndexingFailuresProps) {
  if (failures.length === 0) return null;
  return (
    <section aria-labelledby="indexing_failed">
      <h2 id="indexing_failed">Could not be indexed</h2>
      <ul className="list">
        {failures.slice(0, LISTED).map(({ type, id, title, reason, failedAt }) => (
          <li key={`${type}:${id}`}>
            <div className="list-line">
              <span>
                <Link to={`/app/${type}/${id}`}>
                  {title || `Untitled ${TYPE_NAMES[type].one.toLowerCase()}`}
                </Link>
                <span className="list-note">{reason}</span>
              </span>
              <span className="quiet">
                <When at={failedAt} />
              </span>
            </div>
          </li>
        ))}
      </ul>
      {failures.length > LISTED && <p className="quiet">and {failures.length - LISTED} more</p>}
      {mayRetry && (
        <Form method="post">
          <WorkspaceField />
          <button type="submit" name="intent" value="retry" className="button button-quiet">
            Try again
          </button>
        </Form>
      )}
    </section>
  );
}
