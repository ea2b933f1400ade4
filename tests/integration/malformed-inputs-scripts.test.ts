import { describe, expect, test } from "vitest";
import { parseSeedCommand, UsageError } from "../../scripts/seed/options.ts";
import { finished, startScript } from "../support/cli.ts";
import { guardedDatabase } from "../support/guarded-database.ts";
import { MALFORMED_NUMBERS, MALFORMED_URLS, URLS_WITHOUT_HOST } from "../support/malformed-words.ts";

/** A whole number that JavaScript has, and no memory. */
const HUGE = "9007199254740991";

function expectWrongUsage(words: readonly string[], message: string | RegExp): void {
  expect(() => parseSeedCommand(words)).toThrow(UsageError);
  expect(() => parseSeedCommand(words)).toThrow(message);
}

describe.for([
  ["synthetic", []],
  ["seed", ["--synthetic", "5"]],
  ["row-bytes", ["--synthetic", "5"]],
  ["workspaces", ["--synthetic", "5"]],
  ["limit", ["--packages"]],
] as const)("seed: --%s is refused", ([option, others]) => {
  test.for([
    ...MALFORMED_NUMBERS,
    ["a group of two digits", "1,00"],
    ["groups that end early", "1,000_"],
  ] as const)("%s", ([, value]) => {
    const message = `--${option} takes a whole number from`;
    expectWrongUsage([...others, `--${option}=${value}`], message);
    expectWrongUsage([...others, `--${option}=${value}`], `, not '${value}'`);
  });
});

describe("seed: a number out of its range is refused", () => {
  test.for([
    ["--synthetic", "0", "from 1 to 1000000000"],
    ["--synthetic", "1,000,000,001", "from 1 to 1000000000"],
    ["--workspaces", "0", "from 1 to 100000"],
    ["--workspaces", HUGE, "from 1 to 100000"],
    ["--row-bytes", "0", "from 1 to 1000000"],
    ["--row-bytes", HUGE, "from 1 to 1000000"],
    ["--seed", "9007199254740992", "a whole number from 0"],
  ] as const)("%s %s", ([option, value, message]) => {
    const source = option === "--synthetic" ? [] : ["--synthetic", "5"];
    expectWrongUsage([...source, option, value], `${option} takes a whole number`);
    expectWrongUsage([...source, option, value], message);
  });
});

describe("seed: --tables and --ids are refused", () => {
  test.for([
    ["--tables=", "unknown table ''"],
    ["--tables=documents,", "unknown table ''"],
    ["--tables=pages", "unknown table 'pages'"],
    ["--tables=documents; DROP TABLE pages", "unknown table 'documents; DROP TABLE pages'"],
    ['--tables="documents"', "did you mean 'documents'?"],
    ["--tables=__proto__", "unknown table '__proto__'"],
    ["--ids=", "--ids takes v4 or v7, not ''"],
    ["--ids=V7", "--ids takes v4 or v7, not 'V7'"],
    ["--ids=v4; DROP TABLE pages", "--ids takes v4 or v7"],
  ] as const)("%s", ([word, message]) => expectWrongUsage(["--synthetic", "5", word], message));

  test("but a table twice is filled once", () => {
    expect(parseSeedCommand(["--synthetic", "5", "--tables", "documents, documents"])).toMatchObject({
      tables: [{ name: "documents" }],
    });
  });
});

describe("seed: --database-url is refused", () => {
  test.for([...MALFORMED_URLS, ...URLS_WITHOUT_HOST])("%s", ([, url]) => {
    expectWrongUsage(["--packages", `--database-url=${url}`], /^--database-url: .*postgresql:\/\/user@host/);
  });

  test("but a host may be a parameter, as for a socket", () => {
    const url = "postgresql:///d?host=/run/postgresql";
    expect(parseSeedCommand(["--packages", "--database-url", url])).toMatchObject({ databaseUrl: url });
  });
});

describe("seed: words that do not go together are refused", () => {
  test.for<readonly [words: readonly string[], message: string | RegExp]>([
    [[], "say what to fill it with"],
    [["--workspace", "W"], "say what to fill it with"],
    [["--from="], "--from takes a name, not ''"],
    [["--from", " "], "--from takes a name, not ' '"],
    [["--packages", "--workspace="], "--workspace takes a name, not ''"],
    [["--packages", "--from", "docs"], "do not go together"],
    [["--packages", "--packages"], "--packages is given more than once"],
    [["--synthetic", "5", "--synthetic", "6"], "--synthetic is given more than once"],
    [["--packages", "--limit", "5", "--limit=5"], "--limit is given more than once"],
    [["--packages", "--seed", "3"], "--seed does not go with --packages"],
    [["--from", "docs", "--keep-indexes"], "--keep-indexes does not go with --from"],
    [["--packages=yes"], /--packages.* does not take an argument/],
    [["--synthetic"], /--synthetic.* argument missing/],
    [["--synthetic", "-5"], /--synthetic.* ambiguous/],
    [["--packages", "extra"], /extra/],
    [["--__proto__=1"], "unknown option '--__proto__'"],
  ])("%j", ([words, message]) => expectWrongUsage(words, message));
});

describe("the programs end with an error, and with nothing changed", () => {
  const database = guardedDatabase();

  const run = (script: string, args: string[]) =>
    finished(startScript(script, { args, databaseUrl: database.url }));

  test.for<readonly [words: string[], code: number, message: string]>([
    [["--synthetic", "1e3"], 2, "--synthetic takes a whole number from 1 to 1000000000, not '1e3'"],
    [
      ["--synthetic", "5", "--tables", "pages; DROP TABLE pages"],
      2,
      "unknown table 'pages; DROP TABLE pages'",
    ],
    [["--packages", "--database-url", "mysql://me:secret@h/d"], 2, "--database-url: a URL such as"],
    [["--from", "/no/such'; DROP TABLE pages; --"], 1, "/no/such'; DROP TABLE pages; --"],
    [["--from", "docs", "--workspace", "x".repeat(501)], 1, "at most 500"],
  ])("seed %j", async ([words, code, message]) => {
    const ended = await run("scripts/seed.ts", words);
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toMatch(/secret|^\s+at /m);
  });

  test.for<readonly [words: string[], code: number, message: string]>([
    [["deploy", "--through="], 2, "--through is empty: a value is needed"],
    [["deploy", "--through", "init'; DROP TABLE pages; --"], 1, "No migration is called \"init'; DROP"],
    [["deploy", "--database-url="], 2, "--database-url is empty"],
    [["deploy", "--database-url", "postgresql://"], 2, "--database-url: a URL such as"],
    [["deploy", "--database-url", "postgresql:///d"], 2, "--database-url: it names no host"],
    [["deploy", "--database-url", "mysql://me:secret@h/d"], 2, "--database-url: a URL such as"],
    [["deploy", "--through", "init", "--through", "init"], 2, "--through is given more than once"],
    [["start", "--port="], 2, "--port is empty"],
    [["start", "--port", "1e3"], 2, "--port: '1e3' is none, 0 to 65535"],
    [["start", "--port", "0x10"], 2, "--port: '0x10' is none"],
    [["start", "--port", " 5"], 2, "--port: ' 5' is none"],
    [["start", "--port", "65536"], 2, "--port: '65536' is none"],
    [["start", "--port=-1"], 2, "--port: '-1' is none"],
    [["start", "--data-dir="], 2, "--data-dir is empty"],
    [["constructor"], 2, "Unknown command: constructor"],
    [["start", "--memory=1"], 2, "--memory"],
  ])("database %j", async ([words, code, message]) => {
    const ended = await run("scripts/database.ts", words);
    expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toMatch(/secret|^\s+at /m);
  });

  test("the database is what it was", async () => {
    expect(await database.contents()).toEqual(database.before);
  });
});
