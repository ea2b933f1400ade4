import { Form } from "@remix-run/react";
import type { WorkspaceListItem } from "../../services/access/workspaces.server.ts";

interface WorkspaceListProps {
  workspaces: readonly WorkspaceListItem[];
  /** Id of the one the reader is in. */
  current: string;
}

export function WorkspaceList({ workspaces, current }: WorkspaceListProps) {
  return (
    <section aria-labelledby="workspaces">
      <h2 id="workspaces">Your workspaces</h2>
      <ul className="entries">
        {workspaces.map(({ id, name, role, members }) => (
          <li key={id} className="entry">
            <span className="entry-name">{name}</span>
            <span className="entry-facts">
              {members} {members === 1 ? "member" : "members"}; you are{" "}
              {role === "admin" ? "an admin" : "a member"}
            </span>
            {id === current ? (
              <span className="entry-end quiet">You are here</span>
            ) : (
              <Form method="post" action="/app/workspace" className="entry-end">
                <button type="submit" name="workspace" value={id} className="button button-quiet">
                  Go there<span className="visually-hidden">, to {name}</span>
                </button>
              </Form>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
