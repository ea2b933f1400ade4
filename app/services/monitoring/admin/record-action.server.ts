import type { Queryable } from "../../halfvec/queryable.ts";
import type { AdminAction } from "../vector-metrics.ts";

/** Writes down what an admin did, and when. @param by the e-mail address of the admin */
export async function recordAction(
  db: Queryable,
  { by, action, detail }: Omit<AdminAction, "at">,
): Promise<void> {
  await db.query("INSERT INTO vector_metrics.admin_actions (by, action, detail) VALUES ($1, $2, $3)", [
    by,
    action,
    detail,
  ]);
}
