import type { Queryable } from "../../halfvec/queryable.ts";

/** The same database, which adds up how long its queries took. */
export interface TimedDatabase extends Queryable {
  /** Of all queries so far, on the way to the server and back included. */
  readonly milliseconds: number;
}

/** Measures every query that is run through what it returns. */
export function timed(db: Queryable): TimedDatabase {
  let milliseconds = 0;
  const query = async (...parameters: unknown[]) => {
    const began = performance.now();
    try {
      return await Reflect.apply(db.query, db, parameters);
    } finally {
      milliseconds += performance.now() - began;
    }
  };
  return {
    query: query as Queryable["query"],
    get milliseconds() {
      return milliseconds;
    },
  };
}
