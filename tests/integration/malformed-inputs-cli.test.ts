import { describe, expect, test } from "vitest";
import { parseArguments, UsageError } from "../../scripts/migrate-to-halfvec/arguments.ts";
import {
  COMMANDS,
  type CommandName,
  OPTIONS,
  type OptionName,
} from "../../scripts/migrate-to-halfvec/commands.ts";
import { finished, startTool } from "../support/cli.ts";
import { guardedDatabase } from "../support/guarded-database.ts";
import { MALFORMED_NUMBERS, MALFORMED_URLS } from "../support/malformed-words.ts";

/** The options that take a number, each with a command that has it. */
const NUMERIC = (Object.keys(OPTIONS) as OptionName[]).flatMap((option) => {
  const shape = OPTIONS[option];
  if (!("value" in shape) || !/^(N|MS|S|SECONDS|DAYS)$/.test(shape.value)) return [];
  const commands = Object.keys(COMMANDS) as CommandName[];
  const command = commands.find((name) => (COMMANDS[name].options as readonly string[]).includes(option));
  return command === undefined ? [] : [{ option, command }];
});

function expectWrongUsage(words: readonly string[], message: string | RegExp): void {
  expect(() => parseArguments(words)).toThrow(UsageError);
  expect(() => parseArguments(words)).toThrow(message);
}

test("the numbers are those that the help tells", () => {
  expect(NUMERIC.map(({ option }) => option)).toEqual(
    expect.arrayContaining(["workers", "rows-per-second", "batch-ms", "lock-timeout"]),
  );
});

describe.for(NUMERIC)("--$option is refused", ({ option, command }) => {
  test.for(MALFORMED_NUMBERS)("%s", ([, value]) => {
    // A long one is not said back in full.
    const said = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    expectWrongUsage([command, `--${option}=${value}`], `--${option} ${said}: a whole number from`);
  });

  test("twice", () => {
    expectWrongUsage([command, `--${option}`, "1", `--${option}`, "2"], `--${option} is there twice`);
  });

  test("without its value", () => {
    expectWrongUsage([command, `--${option}`], new RegExp(`--${option}.* argument missing`));
  });

  test("with another option in the place of its value", () => {
    expectWrongUsage([command, `--${option}`, "--json"], new RegExp(`--${option}.* ambiguous`));
  });
});

describe.for(["workers", "rows-per-second", "batch-ms", "lock-timeout"])("--%s is refused", (option) => {
  test.for(["0", "000"])("%j", (value) => {
    expectWrongUsage(["run", `--${option}=${value}`], `--${option} ${value}: a whole number from 1 to`);
  });
});

describe("--tables is refused", () => {
  test.for([
    ["an empty list", "", "no embedding table ''"],
    ["a blank", " ", "no embedding table ''"],
    ["a comma", ",", "no embedding table ''"],
    ["a comma at the end", "documents,", "no embedding table ''"],
    ["a table that is none of the registry", "pages", "no embedding table 'pages'"],
    ["a table in capitals", "DOCUMENTS", "no embedding table 'DOCUMENTS'"],
    ["a table with its schema", "public.documents", "no embedding table 'public.documents'"],
    ["a table in quotes", '"documents"', "did you mean 'documents'?"],
    ["a pattern", "*", "known are page_embeddings, block_embeddings"],
    ["SQL", "documents; DROP TABLE pages", "no embedding table 'documents; DROP TABLE pages'"],
    ["SQL that ends a name", 'documents"; DROP TABLE pages; --', "no embedding table"],
    ["SQL after a good one", "documents,x'; DROP TABLE pages", "no embedding table 'x'; DROP TABLE pages'"],
    ["what every object has", "constructor", "no embedding table 'constructor'"],
    ["__proto__", "__proto__", "no embedding table '__proto__'"],
    ["a semicolon between tables", "documents;page_embeddings", "no embedding table"],
  ] as const)("%s", ([, list, message]) => expectWrongUsage(["run", `--tables=${list}`], message));

  test("but a table twice counts once", () => {
    const { tables } = parseArguments(["run", "--tables", "documents, documents,documents"]);
    expect(tables.map(({ name }) => name)).toEqual(["documents"]);
  });
});

describe.for([
  ["run", "until", "verfy", "did you mean 'verify'?"],
  ["rollback", "to", "baselin", "did you mean 'baseline'?"],
  ["contract", "reclaim", "vacuum", "known are"],
] as const)("%s --%s is refused", ([command, option, near, hint]) => {
  test.for(["", " ", "SWAP", "swap,index", "none; DROP TABLE pages", "constructor", "__proto__", "0"])(
    "%j",
    (word) => expectWrongUsage([command, `--${option}=${word}`], `--${option} '${word}' is not known`),
  );

  test("with a word that is near, or all there are", () => {
    expectWrongUsage([command, `--${option}`, near], hint);
  });
});

describe("contract --force is refused", () => {
  test.for([
    "",
    " ",
    "yes",
    "true",
    "Drop the original vectors",
    "drop the original vectors ",
    "drop the",
    "'; --",
  ])("%j", (words) =>
    expectWrongUsage(["contract", `--force=${words}`], `--force '${words}': to contract at once, type`),
  );
});

describe("--database-url is refused", () => {
  test.for(MALFORMED_URLS)("%s", ([, url]) => {
    expectWrongUsage(["run", `--database-url=${url}`], "--database-url: a URL such as postgresql://");
  });

  test("without telling a password", () => {
    const words = ["run", "--database-url", "mysql://me:secret@h/d"];
    expectWrongUsage(words, /^--database-url: (?!.*secret)/);
  });
});

describe("words that do not go together are refused", () => {
  test.for<readonly [line: string, message: string | RegExp]>([
    ["runn", "unknown command 'runn'; did you mean 'run'?"],
    ["RUN", "unknown command 'RUN'"],
    ["constructor", "unknown command 'constructor'"],
    ["__proto__", "unknown command '__proto__'"],
    ["run;status", "unknown command 'run;status'"],
    ["run run", "one command at a time: 'run' is too many"],
    ["run status", "one command at a time: 'status' is too many"],
    ["status --help extra", "one command at a time: 'extra' is too many"],
    ["run --yess", "unknown option '--yess'; did you mean '--yes'?"],
    ["run --no-yes", "unknown option '--no-yes'"],
    ["run --constructor", "unknown option '--constructor'"],
    ["run --__proto__=1", "unknown option '--__proto__'"],
    ["run --=5", "unknown option"],
    ["run -z", "unknown option"],
    ["run --yes=true", /--yes.* does not take an argument/],
    ["run --json=1", /--json.* does not take an argument/],
    ["run --help=1", /--help.* does not take an argument/],
    ["status --yes", "--yes does not go with 'status'"],
    ["status --until swap", "--until does not go with 'status'"],
    ["plan --lock-timeout 5", "--lock-timeout does not go with 'plan'"],
    ["verify --workers 1", "--workers does not go with 'verify'"],
    ["convert --until index", "--until does not go with 'convert'"],
    ["swap --tables documents", "--tables does not go with 'swap'"],
    ["pause --tables documents", "--tables does not go with 'pause'"],
    ["run --to baseline", "--to does not go with 'run'"],
    ["rollback --until swap", "--until does not go with 'rollback'"],
    ["rollback --force x", "--force does not go with 'rollback'"],
    ["status --after-days 0", "--after-days does not go with 'status'"],
    ["contract --tables documents", "--tables does not go with 'contract'"],
    ["resume --rows-per-second 5", "--rows-per-second does not go with 'resume'"],
  ])("%s", ([line, message]) => expectWrongUsage(line.split(" "), message));

  test.for([[""], [" "], ["\n"]])("%j as the command", ([word]) => {
    expectWrongUsage([word as string], `unknown command '${word}'`);
  });
});

describe("the program itself ends with exit code 2, before it connects", () => {
  const database = guardedDatabase();

  test.for<readonly [words: string[], message: string]>([
    [["nonsense"], "unknown command 'nonsense'"],
    [["run", "swap"], "'swap' is too many"],
    [["run", "--yes", "--tables", "documents; DROP TABLE pages"], "no embedding table 'documents; DROP"],
    [["run", "--yes", "--tables="], "no embedding table ''"],
    [["run", "--yes", "--until", "the end"], "--until 'the end' is not known"],
    [["run", "--yes", "--workers=-1"], "--workers -1: a whole number from 1 to 64"],
    [["convert", "--batch-ms", "NaN"], "--batch-ms NaN: a whole number"],
    [["convert", "--rows-per-second", "９"], "--rows-per-second ９: a whole number"],
    [["swap", "--lock-timeout", "1e3"], "--lock-timeout 1e3: a whole number"],
    [["status", "--database-url", "mysql://me:secret@h/d"], "--database-url: a URL such as"],
    [["rollback", "--yes", "--to", "nowhere"], "--to 'nowhere' is not known"],
    [["contract", "--yes", "--force", "yes"], "--force 'yes': to contract at once"],
    [["contract", "--yes", "--after-days=-1"], "--after-days -1: a whole number from 0"],
    [["verify", "--yes"], "--yes does not go with 'verify'"],
  ])("%j", async ([words, message]) => {
    const script = startTool({ args: words, databaseUrl: database.url });
    const { code, stdout, stderr } = await finished(script);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("npm run migrate:halfvec -- --help");
    expect(stderr).not.toMatch(/secret|^\s+at /m);
  });

  test("and the database is what it was", async () => {
    expect(await database.contents()).toEqual(database.before);
  });
});
