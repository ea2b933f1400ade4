import { DOCUMENTS, EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { findDependents } from "../../app/services/halfvec/dependents/find-dependents.ts";
import { preflight } from "../../app/services/halfvec/preflight/preflight.ts";
import type { TestDatabase } from "./test.ts";

/** What preflight says about `documents`, without what it says about triggers that merely fire. */
export async function saidOfDocuments(database: TestDatabase, level: "stop" | "warn"): Promise<string[]> {
  return (await preflight(database.client, EMBEDDING_TABLES))
    .filter((finding) => finding.level === level && finding.table === DOCUMENTS.name)
    .map(({ message }) => message)
    .filter((message) => !message.includes("triggers that fire"));
}

/** What depends on the embeddings of `documents` and is concerned by the swap. */
export function dependentsAtSwap(database: TestDatabase) {
  return findDependents(database.client, DOCUMENTS, DOCUMENTS.column, "swap");
}
