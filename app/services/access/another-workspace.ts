import type { Workspace } from "./access.server.ts";

/** The field of a form that names the workspace it was made for, by its id. */
export const WORKSPACE_FIELD = "workspace";
/** The field of a form that goes to another workspace: the address to send its other fields on to. */
export const SEND_TO_FIELD = "sendTo";

export const ANOTHER_WORKSPACE = "another-workspace";

/** What an action answers (409) to a form that was made for another workspace than the one its sender is in now. */
export interface AnotherWorkspace {
  readonly kind: typeof ANOTHER_WORKSPACE;
  /** Name of the workspace that they are in now. */
  readonly now: string;
  /** What the form was made for; null where they are not, or no longer, a member of it. */
  readonly madeFor: Workspace | null;
  /** Where the form was sent to: path and query. */
  readonly address: string;
  /** What was sent, in its order, files left out. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly hasFiles: boolean;
}

/** Whether the body of an answer is one. */
export function isAnotherWorkspace(body: unknown): body is AnotherWorkspace {
  return typeof body === "object" && body !== null && "kind" in body && body.kind === ANOTHER_WORKSPACE;
}
