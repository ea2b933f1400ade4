import { expect, onTestFinished } from "vitest";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { type ContractOptions, contract } from "../../app/services/halfvec/contract/contract.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { checksums, fillTable } from "../support/embedding-rows.ts";
import { goBack, refusalOf, runPhase, runUntil } from "../support/engine.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base, type TestDatabase } from "../support/test.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

/** `contract --after-days 0` with these answers, in this process, which works in a copy of the project meanwhile. */
async function contractWith(
  database: TestDatabase,
  answers: Pick<ContractOptions, "reclaim" | "confirmRewrite" | "confirmDrop">,
) {
  const project = process.cwd();
  const copy = await createWorkingCopy();
  onTestFinished(() => process.chdir(project));
  process.chdir(copy);
  return contract(
    await openConnections(database.url),
    {
      tables: EMBEDDING_TABLES,
      afterDays: 0,
      storage: null,
      verification: { ...VERIFICATION_DEFAULTS, queries: 20 },
      lockTimeoutMs: 1000,
      reconnectSeconds: 0,
      runRepack: null,
      ...answers,
    },
    () => undefined,
    new AbortController().signal,
  );
}

test("while contract waits for an answer, a rollback goes through, and the answer drops nothing any more", {
  timeout: SLOW,
}, async ({ database }) => {
  await fillTable(database, PAGE_EMBEDDINGS, 20);
  const originals = await checksums(database);
  await runUntil(database, "swap");
  const refusal = await refusalOf(
    contractWith(database, {
      reclaim: "none",
      confirmRewrite: async () => true,
      confirmDrop: async () => {
        await goBack(database, "baseline");
        return true;
      },
    }),
  );
  expect(refusal).toContain("page_embeddings is not swapped (it is baseline)");
  expect(await checksums(database)).toEqual(originals);
});

test("a trigger that is put on anew while contract waits for an answer voids the proof", {
  timeout: SLOW,
}, async ({ database }) => {
  await fillTable(database, PAGE_EMBEDDINGS, 20);
  await runUntil(database, "swap");
  const swapped = await schemaSnapshot(database);
  const refusal = await refusalOf(
    contractWith(database, {
      reclaim: "vacuum-full",
      confirmRewrite: async () => {
        await runPhase(database, "verify");
        await database.query(
          `ALTER TABLE page_embeddings DISABLE TRIGGER zz_halfvec_clear_backup;
           ALTER TABLE page_embeddings ENABLE ALWAYS TRIGGER zz_halfvec_clear_backup`,
        );
        return true;
      },
      confirmDrop: async () => true,
    }),
  );
  expect(refusal).toContain("page_embeddings was not verified since the swap");
  expect(await schemaSnapshot(database)).toEqual(swapped);
});
