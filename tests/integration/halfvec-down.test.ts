import { describe, expect } from "vitest";
import { DOCUMENTS, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import {
  prepareSwapBack,
  readDown,
  runAsPsql,
  runDownByHand,
  runUpByHand,
  statementsBeforeSwapBack,
} from "../support/down-migrations.ts";
import { checksums, fillTable } from "../support/embedding-rows.ts";
import { runUntil } from "../support/engine.ts";
import { addPage, bytesById, expectedBytes, writeAfterSwap } from "../support/rows-after-swap.ts";
import { schemaSnapshot } from "../support/schema-snapshot.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const SLOW = 120_000;

describe("down.sql by hand", () => {
  test("leads from the swap to the baseline: the schema as it was, and every original that was not written over", {
    timeout: SLOW,
  }, async ({ database }) => {
    const baseline = await schemaSnapshot(database);
    await fillTable(database, PAGE_EMBEDDINGS, 30);
    await fillTable(database, DOCUMENTS, 10, 2);
    const before = await bytesById(database);
    await runUntil(database, "swap");

    const { changed, added, ...gone } = await writeAfterSwap(database);
    await prepareSwapBack(database);
    const late = await addPage(database);
    const expected = expectedBytes(before, await bytesById(database), {
      rounded: [changed, added, late],
      ...gone,
    });
    const others = await checksums(database);
    await runDownByHand(database);

    expect(await schemaSnapshot(database)).toEqual(baseline);
    expect(await bytesById(database)).toEqual(expected);
    expect(await checksums(database)).toEqual(others);
  });

  test("up and down again on an empty database end where they began, each time", {
    timeout: SLOW,
  }, async ({ database }) => {
    const baseline = await schemaSnapshot(database);
    await runUpByHand(database);
    const swapped = await schemaSnapshot(database);
    expect(swapped).not.toEqual(baseline);
    await prepareSwapBack(database);
    await runDownByHand(database);
    expect(await schemaSnapshot(database)).toEqual(baseline);
    await runUpByHand(database);
    expect(await schemaSnapshot(database)).toEqual(swapped);
    await prepareSwapBack(database);
    await runDownByHand(database);
    expect(await schemaSnapshot(database)).toEqual(baseline);
  });
});

describe("down.sql of swap_embedding_columns", () => {
  test("refuses until all that its head says is done, and changes nothing", {
    timeout: SLOW,
  }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 10);
    await fillTable(database, DOCUMENTS, 10);
    await runUntil(database, "swap");
    await writeAfterSwap(database);
    const down = await readDown("swap_embedding_columns");
    const refusals: string[] = [];
    for (const statement of await statementsBeforeSwapBack()) {
      const before = [await schemaSnapshot(database), await bytesById(database, "embedding_vector_backup")];
      refusals.push(await database.query(down).then(() => "", String));
      expect([await schemaSnapshot(database), await bytesById(database, "embedding_vector_backup")]).toEqual(
        before,
      );
      await runAsPsql(database, statement);
    }
    expect(refusals).toHaveLength(6);
    expect(refusals[0]).toMatch(/nothing fills the backup of what is written to documents/);
    expect(refusals[1]).not.toMatch(/nothing fills/);
    expect(refusals[1]).toMatch(/the backup of 2 rows of page_embeddings is missing/);
    expect(refusals[5]).not.toMatch(/backup of/);
    expect(refusals[5]).toMatch(/documents has no valid index documents_embedding_hnsw_idx/);
    await database.query(down);
  });

  test("takes an index that is invalid for none", { timeout: SLOW, tags: ["server"] }, async ({
    database,
  }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 10);
    await runUntil(database, "swap");
    await prepareSwapBack(database);
    await database.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${PAGE_EMBEDDINGS.vectorIndex}'::regclass`,
    );
    await expect(database.query(await readDown("swap_embedding_columns"))).rejects.toThrow(
      /page_embeddings has no valid index/,
    );
  });
});

test("down.sql of add_halfvec_columns refuses on a swapped database, and changes nothing", {
  timeout: SLOW,
}, async ({ database }) => {
  await fillTable(database, PAGE_EMBEDDINGS, 10);
  await runUntil(database, "swap");
  const before = await schemaSnapshot(database);
  await expect(database.query(await readDown("add_halfvec_columns"))).rejects.toThrow(
    /page_embeddings is swapped.*down\.sql of swap_embedding_columns/s,
  );
  expect(await schemaSnapshot(database)).toEqual(before);
});
