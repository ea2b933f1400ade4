import { expect, test } from "vitest";
import { InterruptedError } from "../errors.ts";
import { ConversionControl } from "./control.ts";

/** Whether `promise` is settled once all that is due now has happened. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.finally(() => {
    done = true;
  });
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  return done;
}

test("no transaction begins before the first look, nor while one of the reasons holds it", async () => {
  const control = new ConversionControl(new AbortController().signal);
  const first = control.ready();
  expect(await settled(first)).toBe(false);
  expect(control.hold).toBeNull();
  control.hold = null;
  await first;
  control.hold = "replica lag";
  const second = control.ready();
  expect(await settled(second)).toBe(false);
  control.hold = "paused";
  expect(await settled(second)).toBe(false);
  control.hold = null;
  await second;
});

test("an abort ends the wait", async () => {
  const stop = new AbortController();
  const waiting = new ConversionControl(stop.signal).ready();
  stop.abort();
  await expect(waiting).rejects.toBeInstanceOf(InterruptedError);
});
