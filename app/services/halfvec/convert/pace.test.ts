import { describe, expect, test } from "vitest";
import { RowRate, TransactionSize } from "./pace.ts";

describe("TransactionSize", () => {
  test("shrinks at once to what the target allows", () => {
    const size = new TransactionSize(100, 64);
    size.measured(64, 400);
    expect(size.blocks).toBe(16);
  });

  test("grows by half at a time, up to a bound", () => {
    const size = new TransactionSize(100, 64);
    size.measured(64, 1);
    expect(size.blocks).toBe(96);
    for (let turn = 0; turn < 50; turn++) size.measured(size.blocks, 0);
    expect(size.blocks).toBe(4096);
  });

  test("never comes to nothing", () => {
    const size = new TransactionSize(100, 64);
    size.measured(64, 1e9);
    expect(size.blocks).toBe(1);
  });
});

describe("RowRate", () => {
  test("without a limit a transaction may take any number", () => {
    expect(new RowRate(Number.POSITIVE_INFINITY).rowsPerTransaction).toBe(Number.POSITIVE_INFINITY);
  });

  test("with a limit it takes a quarter of a second's rows, and at least one", () => {
    expect(new RowRate(400).rowsPerTransaction).toBe(100);
    expect(new RowRate(1).rowsPerTransaction).toBe(1);
  });

  test("an aborted run does not wait for the rate", async () => {
    const stop = new AbortController();
    stop.abort();
    await new RowRate(1).spend(3600, stop.signal);
    expect(stop.signal.aborted).toBe(true);
  });
});
