import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import { phasesOf } from "../../app/services/halfvec/step-migrations.ts";
import type { TestDatabase } from "./test.ts";

/** The phases in which the embedding tables are, each named once: of a whole step there is one. */
export async function phases({ client }: TestDatabase): Promise<string[]> {
  return [...new Set(await phasesOf(client, EMBEDDING_TABLES))];
}
