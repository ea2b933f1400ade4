import { describe, expect, test } from "vitest";
import { EMBEDDED_DATABASE_URL } from "../../app/embedded-database-url.ts";
import { parseBenchCommand, UsageError } from "./options.ts";

const KNOWN = ["conversion", "search"];
const URL = "postgresql://me@host:5432/postgres";

describe("parseBenchCommand", () => {
  test("nothing is every benchmark with its own numbers, three times", () => {
    expect(parseBenchCommand([], KNOWN, URL)).toEqual({
      kind: "run",
      names: KNOWN,
      databaseUrl: URL,
      output: ".",
      settings: {
        rows: undefined,
        rowBytes: undefined,
        ids: undefined,
        data: "synthetic",
        repetitions: 3,
        seconds: 10,
        pgbench: ["pgbench"],
        resume: false,
      },
    });
  });

  test("names and numbers are taken", () => {
    const words = [
      "search",
      "--rows",
      "500",
      "--repetitions=2",
      "--ids",
      "v7",
      "--resume",
      "--pgbench",
      "docker exec db pgbench",
    ];
    expect(parseBenchCommand(words, KNOWN, URL)).toMatchObject({
      names: ["search"],
      settings: {
        rows: 500,
        repetitions: 2,
        ids: "v7",
        resume: true,
        pgbench: ["docker", "exec", "db", "pgbench"],
      },
    });
  });

  test.each([
    [["serch"], "no benchmark 'serch'; there are conversion, search"],
    [["--rows", "0"], "--rows 0: a whole number"],
    [["--rows", "1e3"], "--rows 1e3: a whole number"],
    [["--ids", "v5"], "--ids v5: v4 or v7"],
    [["--rows", "1", "--rows", "2"], "--rows is there twice"],
    [["--colour"], "--colour"],
    [["--database-url", "mysql://x"], "--database-url: "],
  ])("%j is wrong usage", (words, message) => {
    expect(() => parseBenchCommand(words, KNOWN, URL)).toThrow(UsageError);
    expect(() => parseBenchCommand(words, KNOWN, URL)).toThrow(message);
  });

  test("the embedded database is refused: nothing can be compared on one session", () => {
    expect(() => parseBenchCommand([], KNOWN, EMBEDDED_DATABASE_URL)).toThrow("a real server");
  });
});
