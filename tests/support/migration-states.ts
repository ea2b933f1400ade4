import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import type { PhaseName } from "../../app/services/halfvec/phases.ts";
import type { DatabaseState } from "./database-state.ts";
import { fillTable } from "./embedding-rows.ts";
import { runUntil } from "./engine.ts";

/** The baseline with so many generated rows in `page_embeddings` and `documents`: always the same ones. */
export function filled(pages: number, documents = 0): DatabaseState {
  return {
    name: `rows_${pages}_${documents}`,
    from: "init",
    prepare: async (database) => {
      await fillTable(database, PAGE_EMBEDDINGS, pages);
      if (documents > 0) await fillTable(database, DOCUMENTS, documents, 2);
    },
  };
}

/** What `run --until PHASE` makes of {@link filled}, or of what such a run has left of it. */
export function moved(from: DatabaseState, until: PhaseName): DatabaseState {
  const [rows] = /^rows_\d+_\d+/.exec(from.name) ?? [];
  return { name: `${rows}_${until}`, from, prepare: (database) => runUntil(database, until) };
}
