import { describe, expect, test } from "vitest";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import { COMMANDS, type CommandName, helpText } from "./commands.ts";

describe("parseArguments", () => {
  test("nothing is a run of all tables to the swap", () => {
    expect(parseArguments([])).toMatchObject({
      command: "run",
      until: "swap",
      yes: false,
      json: false,
      tables: EMBEDDING_TABLES,
      conversion: { workers: 1, batchMs: 100, lockTimeoutMs: 3000, rowsPerSecond: Number.POSITIVE_INFINITY },
    });
  });

  test("options reach the conversion", () => {
    const words = [
      "convert",
      "--tables",
      "page_embeddings",
      "--workers=2",
      "--rows-per-second",
      "500",
      "--batch-ms",
      "50",
    ];
    expect(parseArguments(words)).toMatchObject({
      command: "convert",
      tables: [PAGE_EMBEDDINGS],
      conversion: { workers: 2, rowsPerSecond: 500, batchMs: 50 },
    });
  });

  test.each([
    [["runn"], "unknown command 'runn'; did you mean 'run'?"],
    [["xylophone"], "unknown command 'xylophone'; known are run, status"],
    [["run", "status"], "'status' is too many"],
    [["run", "--yess"], "unknown option '--yess'; did you mean '--yes'?"],
    [["status", "--yes"], "--yes does not go with 'status'"],
    [["run", "--until", "swp"], "--until 'swp' is not known; did you mean 'swap'?"],
    [["run", "--tables", "pages"], "--tables: no embedding table 'pages'"],
    [["run", "--tables", "page_embeddings; DROP TABLE pages"], "no embedding table"],
    [["run", "--tables", ""], "--tables: no embedding table ''"],
    [["run", "--workers", "0"], "--workers 0: a whole number from 1 to 64 is needed"],
    [["run", "--workers", "1e1"], "--workers 1e1: a whole number"],
    [["run", "--workers=-2"], "--workers -2: a whole number"],
    [["run", "--batch-ms", "fast"], "--batch-ms fast: a whole number"],
    [["run", "--lock-timeout", "999999999"], "a whole number from 1 to 600000"],
    [["run", "--rows-per-second", "NaN"], "--rows-per-second NaN"],
    [["run", "--until"], "--until"],
    [["run", "--json=yes"], "--json"],
    [["run", "--database-url", "mysql://x"], "--database-url: a URL such as"],
    [["run", "--tables", "documents", "--tables", "documents"], "--tables is there twice"],
    [["run", "-x"], "unknown option '-x'"],
    [["run", "--workers", "9".repeat(400)], "…: a whole number"],
    [["run", "--database-url", "postgresql:///d"], "it names no host"],
    [
      ["rollback", "--to", "swap"],
      "--to 'swap' is not known; known are baseline, expand, convert, index, verify",
    ],
    [["contract", "--force", "yes"], 'type the words: --force "drop the original vectors"'],
    [
      ["contract", "--force", "drop the original vectors", "--after-days", "1.5"],
      "--after-days 1.5: a whole",
    ],
    [["contract", "--reclaim", "vacuum_full"], "did you mean 'vacuum-full'"],
    [["index", "--profile", "compac"], "did you mean 'compact'"],
    [["index", "--drop-other"], "--drop-other goes with --profile halfvec or --profile compact"],
    [
      ["index", "--profile", "compact", "--target-recall", "0.97.1"],
      "--target-recall 0.97.1: a number of percent",
    ],
    [["index", "--profile", "compact", "--target-recall", "101"], "above 0 and up to 100"],
    [["status", "--force", "x"], "--force does not go with 'status'"],
  ])("%j is wrong usage", (words, message) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
    expect(() => parseArguments(words)).toThrow(message);
  });
});

describe("help", () => {
  test("of all commands names each and the exit codes", () => {
    const text = helpText();
    for (const name of Object.keys(COMMANDS)) expect(text).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(text).toContain("3 refused");
  });

  test.each(Object.keys(COMMANDS) as CommandName[])("of %s lists its options and no others", (name) => {
    const listed = [...helpText(name).matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1]);
    expect(listed).toEqual([...COMMANDS[name].options]);
  });

  test("fits a terminal of 100 columns", () => {
    for (const line of helpText().split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
