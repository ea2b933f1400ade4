import { describe, expect, test } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { importMarkdown } from "../../app/services/import/import-markdown.server.ts";
import { importPackages } from "../../app/services/import/import-packages.server.ts";
import { copySynthetic } from "../../app/services/synthetic/copy-synthetic.server.ts";
import { insertSynthetic } from "../../app/services/synthetic/insert-synthetic.server.ts";
import { seedSynthetic } from "../../app/services/synthetic/seed-synthetic.server.ts";
import { guardedDatabase, outsideQuotes, recorded } from "../support/guarded-database.ts";
import { answering } from "../support/malformed-rows.ts";
import { MALFORMED_COUNTS, type Malformed, SQL, SQL_NAME } from "../support/malformed-values.ts";

const database = guardedDatabase();

describe("an import is refused", () => {
  const file = (path: string) => ({ path, read: async () => ({ path, markdown: "# Text" }) });
  const names: Malformed[] = [
    ["an empty name", "", /name of the workspace is the text ""/],
    ["a name of blanks", "  ", /a name is needed/],
    ["no name", undefined, /name of the workspace is undefined/],
    ["a name with NUL", "a\u0000b", /\\u0000.*without NUL/],
    ["a name with half of a surrogate pair", "a\ud83d", /whole characters/],
    ["a name of 501 characters", "x".repeat(501), /at most 500/],
  ];
  const limits = MALFORMED_COUNTS.map(
    ([name, limit, message]) => [`a limit: ${name}`, limit, message] as const,
  );

  test.for([
    ...names.map(([name, workspace, message]) => [name, { workspace }, message] as const),
    ...limits.map(([name, limit, message]) => [name, { workspace: "W", limit }, message] as const),
  ])("%s", async ([, change, message]) => {
    const options = { database: database.pool, provider: answering([]), ...change } as never;
    for (const work of [
      () => importMarkdown([file("a.md")], options),
      () => importPackages("/nowhere", options),
    ]) {
      const { error, statements } = await recorded(work);
      expect(error).toMatchObject({ name: "ImportOptionsError", message: expect.stringMatching(message) });
      expect(statements).toEqual([]);
    }
  });

  test("a file that is given twice", async () => {
    const options = { workspace: "W", database: database.pool, provider: answering([]) };
    const { error, statements } = await recorded(() => importMarkdown([file("a.md"), file("a.md")], options));
    expect(error?.message).toContain("a.md is given twice");
    expect(statements).toEqual([]);
  });
});

describe("generated rows are refused", () => {
  const counts = (["rows", "workspaces", "rowBytes"] as const).flatMap((option) =>
    MALFORMED_COUNTS.map(([name, value]) => [`${option}: ${name}`, option, value] as const),
  );
  test.for([
    ...counts,
    ["rows: undefined", "rows", undefined],
    ["rows: a billion and one", "rows", 1_000_000_001],
    ["workspaces: a billion", "workspaces", 1e9],
    ["rowBytes: a gigabyte", "rowBytes", 1e9],
    ["seed: NaN", "seed", Number.NaN],
    ["seed: minus 1", "seed", -1],
    ["seed: SQL", "seed", SQL],
    ["ids: v5", "ids", "v5"],
    ["ids: SQL", "ids", SQL],
  ] as const)("%s", async ([, option, value]) => {
    const options = { rows: 1, seed: 1, method: "insert" as const, [option]: value };
    for (const add of [seedSynthetic, copySynthetic, insertSynthetic]) {
      const { error, statements } = await recorded(() => add(database.client, PAGE_EMBEDDINGS, options));
      expect(error).toMatchObject({ name: "SyntheticOptionsError" });
      expect(error?.message).toMatch(new RegExp(`^${option} is .*needed$`));
      expect(statements).toEqual([]);
    }
  });

  test.for([
    ["the name", { name: SQL_NAME }, "42P01"],
    ["the schema", { schema: SQL_NAME }, "42P01"],
  ] as const)("a table with SQL in %s: quoted, and no such table", async ([, change, code]) => {
    const table = { ...PAGE_EMBEDDINGS, ...change };
    for (const add of [seedSynthetic, copySynthetic, insertSynthetic]) {
      const { error, statements } = await recorded(() =>
        add(database.client, table, { rows: 1, seed: 2, method: "insert" }),
      );
      expect(error?.message).toMatch(/no column|does not exist/);
      expect(outsideQuotes(statements)).not.toContain("pwned");
    }
    const { error } = await recorded(() =>
      seedSynthetic(database.client, table, { rows: 1, seed: 2, method: "insert" }),
    );
    expect(error).toMatchObject({ code });
  });
});

test("after all of them schema and rows are what they were", async () => {
  expect(await database.contents()).toEqual(database.before);
});
