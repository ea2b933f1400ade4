import type { ClientBase } from "pg";

/** What a function asks for that only runs single statements: a connection, or a pool. */
export type Queryable = Pick<ClientBase, "query">;
