import { env } from "../../env.server.ts";
import { type Member, requireAdmin } from "./access.server.ts";

/**
 * Whether a member may see and steer what concerns the whole database and not one workspace: an admin, and where
 * `APP_OPERATORS` is set, one of those whom it names.
 */
export function isOperator({ role, email }: Pick<Member, "role" | "email">): boolean {
  return role === "admin" && (env.APP_OPERATORS?.includes(email) ?? true);
}

/** As {@link requireAdmin}. @throws Response 403 for an admin whom `APP_OPERATORS` leaves out. */
export async function requireOperator(request: Request): Promise<Member> {
  const member = await requireAdmin(request);
  if (isOperator(member)) return member;
  throw new Response("Only an operator of this installation may do this: see APP_OPERATORS.", {
    status: 403,
  });
}
