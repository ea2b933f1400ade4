import { type Database, pool } from "../../db.server.ts";

/** Ends all sessions of a user, wherever they are signed in. */
export async function endSessions(userId: string, db: Database = pool): Promise<void> {
  await db.query("UPDATE users SET session_epoch = session_epoch + 1, updated_at = now() WHERE id = $1", [
    userId,
  ]);
}
