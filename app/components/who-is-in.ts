import type { Member, Workspace } from "../services/access/access.server.ts";

/** The reader, as the frame of a page shows them. */
export interface WhoIsIn {
  readonly email: string;
  readonly role: Member["role"];
  /** Whether they see how the database migrates. */
  readonly operator: boolean;
  readonly workspace: Workspace;
  /** All that they are a member of, by name. */
  readonly workspaces: readonly Workspace[];
}
