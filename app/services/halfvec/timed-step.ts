import type { EmbeddingTable } from "../../embedding-tables.ts";
import type { Report } from "./events.ts";
import type { ContractStep, RollbackStep } from "./phases.ts";

/** Does one step, of one table or of all (null), and tells when it begins and how long it took. */
export async function timedStep<Result>(
  report: Report,
  phase: RollbackStep | ContractStep,
  table: EmbeddingTable | null,
  work: () => Promise<Result>,
): Promise<Result> {
  const of = table ? { table: table.name } : {};
  report({ event: "phase", phase, ...of, state: "started" });
  const began = performance.now();
  const result = await work();
  report({ event: "phase", phase, ...of, state: "done", seconds: (performance.now() - began) / 1000 });
  return result;
}
