import { type Database, pool } from "../../db.server.ts";
import { type ApiAccess, findAccessibleWorkspace } from "../access/access.server.ts";

/** A workspace that does not exist, or that is not for who asks: they are not told which. */
export class WorkspaceUnknownError extends Error {
  override readonly name = "WorkspaceUnknownError";

  constructor(workspaceId: string) {
    super(`There is no workspace ${workspaceId} among those you may search.`);
  }
}

/**
 * What somebody asks for, in the workspace that they name where it is theirs, else in the one they are in.
 *
 * @throws WorkspaceUnknownError
 */
export async function inOwnWorkspace<Asked extends { readonly workspaceId: string | undefined }>(
  asked: Asked,
  access: Pick<ApiAccess, "workspace" | "userId">,
  db: Database = pool,
): Promise<Asked & { workspaceId: string }> {
  if (asked.workspaceId === undefined) return { ...asked, workspaceId: access.workspace.id };
  const workspace = await findAccessibleWorkspace(access, asked.workspaceId.toLowerCase(), db);
  if (workspace === null) throw new WorkspaceUnknownError(asked.workspaceId);
  return { ...asked, workspaceId: workspace.id };
}
