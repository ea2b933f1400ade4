import type pg from "pg";
import { pool } from "../../db.server.ts";
import { EMBEDDING_TABLES } from "../../embedding-tables.ts";
import { forgetEmbeddingColumns } from "../embedding-columns.server.ts";
import { isGoingBack } from "../halfvec/catalog.ts";
import { InterruptedError, RefusedError, sqlState } from "../halfvec/errors.ts";
import { hasBookkeeping, setPaused, setSearchFlag } from "../halfvec/settings.ts";
import { readVerification } from "../halfvec/status.ts";
import { inTransaction } from "../halfvec/transaction.ts";
import { readTurn } from "../halfvec/turn.ts";
import { onOwnConnection } from "../own-connection.server.ts";
import { compareSearchAccuracy, hasOriginals } from "./accuracy/compare-search-accuracy.server.ts";
import { AdminActionError } from "./admin/admin-action-error.ts";
import { runInBackground } from "./admin/background-run.server.ts";
import { type FlagBasis, flagRefusal } from "./admin/flag-refusal.ts";
import { recordAction } from "./admin/record-action.server.ts";
import { verifyAll, verifyInProgress } from "./admin/verify-run.server.ts";
import { sectionProblem } from "./snapshot/section-problem.ts";
import { type LookedAtTable, lookAt } from "./snapshot/shared-look.server.ts";
import type { AdminAction, VectorFlag } from "./vector-metrics.ts";

export { AdminActionError } from "./admin/admin-action-error.ts";

/**
 * Tells every process of the app which column to search; within three seconds all of them do.
 * @param by the e-mail address of the admin, as in all that follow
 * @throws AdminActionError where that column could not be searched, or there is no migration.
 */
export async function setVectorFlag(value: VectorFlag, by: string): Promise<void> {
  await act({ by, action: "flag", detail: value }, async (client) => {
    const refusal = flagRefusal(value, await readFlagBasis(client));
    if (refusal !== null) throw new AdminActionError(refusal);
    await setSearchFlag(client, value, by);
  });
  for (const table of EMBEDDING_TABLES) forgetEmbeddingColumns(table);
}

/** Lets every conversion of the database wait, in whichever process it runs. @throws AdminActionError */
export async function pauseConversion(by: string): Promise<void> {
  await act({ by, action: "pause", detail: "conversions wait" }, (client) => setPaused(client, true, by));
}

/** Lets them go on. @throws AdminActionError */
export async function resumeConversion(by: string): Promise<void> {
  await act({ by, action: "resume", detail: "conversions go on" }, (client) => setPaused(client, false, by));
}

/**
 * Begins to verify every table, in the background of this process. How far it is stands in `migration.verifying`, how
 * it ended among the actions and in the figures of verify.
 * @throws AdminActionError where there is nothing to verify, or something runs already.
 */
export async function startVerify(by: string): Promise<void> {
  await onOwnConnection(pool, async (client) => {
    await requireBookkeeping(client);
    const compared = (await lookAt(client).tables()).filter(isCompared);
    if (compared.length === 0) throw new AdminActionError("No table has two columns to compare.");
    if (verifyInProgress() === null && (await readTurn(client)) !== null) throw new AdminActionError(AT_WORK);
  }).catch(rethrowForPerson);
  begin("verify", by, (signal) => verifyAll(by, signal));
}

/** Begins to compare both columns on the stored test queries, likewise. @throws AdminActionError */
export async function startComparison(by: string): Promise<void> {
  await onOwnConnection(pool, async (client) => {
    if (!(await lookAt(client).tables()).some(hasOriginals)) throw new AdminActionError(NO_ORIGINALS);
  }).catch(rethrowForPerson);
  begin("compare", by, async (signal) => {
    const { recallVector, recallHalfvec } = await compareSearchAccuracy({ signal });
    const percent = (recall: number | null) =>
      recall === null ? "not measured" : `${(recall * 100).toFixed(1)} %`;
    return `recall@10 of vector ${percent(recallVector)}, of halfvec ${percent(recallHalfvec)}`;
  });
}

const NO_ORIGINALS = "There is nothing to compare with: no table has its original vector values any more.";

const AT_WORK =
  "Another process works on the migration now: the command line, or a verify that was begun in another process of the app. Wait for its end.";

/** Does something at once, and writes down who did it: both or neither. */
async function act(
  action: Omit<AdminAction, "at">,
  work: (client: pg.PoolClient) => Promise<void>,
): Promise<void> {
  await onOwnConnection(pool, (client) =>
    inTransaction(client, async () => {
      await requireBookkeeping(client);
      await work(client);
      await recordAction(client, action);
    }),
  ).catch(rethrowForPerson);
}

function begin(
  action: "verify" | "compare",
  by: string,
  work: (signal: AbortSignal) => Promise<string>,
): void {
  runInBackground(action === "verify" ? "verify" : "comparison", by, async (signal) => {
    const begun = tell({ by, action, detail: "begun" });
    const detail = await work(signal).catch(howItFailed);
    await begun;
    await tell({ by, action, detail });
  });
}

/** What cannot be written down (the database went away) is said in the log at least. */
async function tell(action: Omit<AdminAction, "at">): Promise<void> {
  await recordAction(pool, action).catch((error: Error) =>
    console.warn(`monitoring: ${action.action} by ${action.by}: ${action.detail} (${error.message})`),
  );
}

function howItFailed(error: unknown): string {
  if (error instanceof InterruptedError) return "interrupted: the process of the app ended";
  if (error instanceof RefusedError) return error.message;
  return `failed: ${error instanceof Error ? error.message : error}`;
}

async function requireBookkeeping(client: pg.PoolClient): Promise<void> {
  if (await hasBookkeeping(client)) return;
  throw new AdminActionError(
    "There is no migration in this database: it is at the baseline, or contract has ended it. To begin: npm run migrate:halfvec -- plan",
  );
}

async function readFlagBasis(client: pg.PoolClient): Promise<FlagBasis[]> {
  const found: FlagBasis[] = [];
  for (const { table, catalog } of await lookAt(client).tables()) {
    const verification = await readVerification(client, table);
    found.push({ table: table.name, phase: catalog.phase, goingBack: isGoingBack(catalog), verification });
  }
  return found;
}

function isCompared({ catalog: { phase } }: LookedAtTable): boolean {
  return phase === "expanded" || phase === "indexed" || phase === "swapped";
}

function rethrowForPerson(error: unknown): never {
  if (error instanceof AdminActionError) throw error;
  if (sqlState(error) === "42501") {
    const said = error instanceof Error ? error.message : "";
    throw new AdminActionError(
      `The app's role may not do this: ${said}. As the role that runs the migration, run: GRANT INSERT, UPDATE ON halfvec_migration.settings TO the app's role. Or do it on the command line: npm run migrate:halfvec`,
      { cause: error },
    );
  }
  throw new AdminActionError(sectionProblem(error, null).message, { cause: error });
}
