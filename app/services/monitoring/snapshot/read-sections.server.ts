import { isDatabaseAway } from "../../database-health.server.ts";
import { quoted } from "../../halfvec/identifiers.ts";
import type { Queryable } from "../../halfvec/queryable.ts";
import type { Section } from "../vector-metrics.ts";
import { sectionProblem } from "./section-problem.ts";

/**
 * Reads the parts of a snapshot one after the other: they share a connection. One that fails says why, and the others
 * are read all the same; but once the database is away, nobody waits for it again.
 */
export class SectionReader {
  readonly #db: Queryable;
  #away: { error: unknown } | null = null;
  #role: string | null | undefined;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async read<Value>(read: () => Promise<Value>): Promise<Section<Value>> {
    try {
      if (this.#away) throw this.#away.error;
      return { state: "read", value: await read() };
    } catch (error) {
      if (isDatabaseAway(error)) this.#away = { error };
      else this.#role ??= await this.#readRole();
      return { state: "failed", problem: sectionProblem(error, this.#role ?? null) };
    }
  }

  /** The role as it stands in a GRANT. */
  async #readRole(): Promise<string | null> {
    const found = this.#db.query<{ role: string }>("SELECT current_user::text AS role");
    const role = (await found.catch(() => null))?.rows[0]?.role;
    return role === undefined ? null : quoted(role);
  }
}
