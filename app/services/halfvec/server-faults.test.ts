import { describe, expect, test } from "vitest";
import { sqlState } from "./errors.ts";
import { inPlainWords, isConnectionLost, messageOf, ServerFault } from "./server-faults.ts";

function failure(message: string, properties: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(message), properties);
}

describe("a lost connection", () => {
  test.for([
    ["the backend was terminated", failure("terminating connection", { code: "57P01" })],
    ["another backend crashed", failure("terminating connection", { code: "57P02" })],
    ["the server starts up", failure("the database system is starting up", { code: "57P03" })],
    ["no connection is free", failure("sorry, too many clients already", { code: "53300" })],
    ["a connection exception", failure("connection failure", { code: "08006" })],
    ["nobody listens", failure("connect ECONNREFUSED 127.0.0.1:5432", { code: "ECONNREFUSED" })],
    ["the socket file is gone", failure("connect ENOENT", { code: "ENOENT", syscall: "connect" })],
    ["the driver's own error", new Error("Connection terminated unexpectedly")],
    ["a statement after it", new Error("Client has encountered a connection error and is not queryable")],
    ["no answer in time", new Error("timeout expired")],
    [
      "every address of a name refuses",
      new AggregateError([failure("connect ECONNREFUSED ::1:5432", { code: "ECONNREFUSED" })]),
    ],
  ] as const)("%s", ([, error]) => {
    expect(isConnectionLost(error)).toBe(true);
  });

  test.for([
    ["a syntax error", failure("syntax error", { code: "42601" })],
    ["a wrong password", failure("password authentication failed", { code: "28P01" })],
    ["a protocol violation", failure("invalid message format", { code: "08P01" })],
    ["a cancelled statement", failure("canceling statement", { code: "57014" })],
    ["a missing file", failure("open ENOENT", { code: "ENOENT", syscall: "open" })],
    ["an error of ours", new Error("Connections are shared")],
    ["no error", "Connection terminated"],
  ] as const)("is not: %s", ([, error]) => {
    expect(isConnectionLost(error)).toBe(false);
  });
});

describe("in plain words", () => {
  test.for([
    [
      "53100",
      "could not extend file: No space left on device",
      /disk of the database server is full .*No space.*kept/,
    ],
    [
      "53100",
      "could not resize shared memory segment: No space left",
      /shared memory is too small.*--shm-size/,
    ],
    ["53200", "out of memory", /out of memory.*maintenance_work_mem/],
    ["53300", "sorry, too many clients already", /no connection left.*--workers/],
    ["25006", "cannot execute UPDATE in a read-only transaction", /takes no writes.*standby/],
  ] as const)("%s, %s", ([code, message, words]) => {
    const error = failure(message, { code });
    const told = inPlainWords(error);
    expect(told).toBeInstanceOf(ServerFault);
    expect(messageOf(told)).toMatch(words);
    expect(messageOf(told)).toContain(message);
    expect(sqlState(told)).toBe(code);
    expect(told).toHaveProperty("cause", error);
    expect(inPlainWords(told)).toBe(told);
  });

  test("every other error stays as it is", () => {
    const error = failure("no such column", { code: "42703" });
    expect(inPlainWords(error)).toBe(error);
    expect(inPlainWords("text")).toBe("text");
  });
});
