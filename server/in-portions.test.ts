import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { InPortions } from "./in-portions.ts";

test("many are answered some at a time, in order, without those who went away", () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers();
  const clients = Array.from({ length: 60 }, () => new EventEmitter() as ServerResponse);
  const answered: number[] = [];
  const portions = new InPortions((response) => answered.push(clients.indexOf(response)));
  for (const client of clients) portions.add(client);
  expect(answered).toEqual([]);
  clients[1]?.emit("close");
  vi.advanceTimersToNextTimer();
  expect([answered[0], answered[1], answered.length]).toEqual([0, 2, 25]);
  vi.advanceTimersToNextTimer();
  expect(answered.length).toBe(50);
  vi.advanceTimersToNextTimer();
  expect(answered).toEqual([...clients.keys()].filter((number) => number !== 1));
  expect(vi.getTimerCount()).toBe(0);
  portions.add(clients[1] as ServerResponse);
  vi.advanceTimersToNextTimer();
  expect(answered.at(-1)).toBe(1);
});
