import { Form } from "@remix-run/react";
import type { ApiKey } from "../../services/access/api-keys.server.ts";
import { When } from "../when.tsx";
import { WorkspaceField } from "./workspace-field.tsx";

export function KeyList({ keys }: { keys: readonly ApiKey[] }) {
  return (
    <section aria-labelledby="keys">
      <h2 id="keys">API keys</h2>
      {keys.length === 0 && <p className="quiet">There is none yet. Programs need one to use the API.</p>}
      <ul className="entries">
        {keys.map((key) => (
          <li key={key.id} className="entry">
            <span className="entry-name">
              {key.name} <code>{key.start}…</code>
            </span>
            <span className="entry-facts">
              made <When at={key.createdAt} />
              {key.createdBy !== null && ` by ${key.createdBy}`},{" "}
              {key.lastUsedAt === null ? (
                "never used"
              ) : (
                <>
                  used <When at={key.lastUsedAt} />
                </>
              )}
            </span>
            <details className="entry-more">
              <summary>
                Revoke…<span className="visually-hidden"> {key.name}</span>
              </summary>
              <Form method="post" className="form-actions">
                <WorkspaceField />
                <input type="hidden" name="key" value={key.id} />
                <button type="submit" name="intent" value="revoke" className="button button-danger">
                  Revoke for good
                </button>
                <span className="quiet">Programs that use it are refused at once.</span>
              </Form>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
