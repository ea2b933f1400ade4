import { Form, useRouteLoaderData } from "@remix-run/react";
import type { loader } from "../routes/app.tsx";

/** Hits of a workspace that its reader is not in: they are opened after going there. */
export function SearchElsewhere({ workspaceId }: { workspaceId: string }) {
  const workspaces = useRouteLoaderData<typeof loader>("routes/app")?.who.workspaces ?? [];
  const name = workspaces.find(({ id }) => id === workspaceId)?.name ?? "another workspace";
  return (
    <Form method="post" action="/app/workspace" className="elsewhere">
      <p>These are results from {name}. Go there to open them.</p>
      <button type="submit" name="workspace" value={workspaceId} className="button button-quiet">
        Go to {name}
      </button>
    </Form>
  );
}
