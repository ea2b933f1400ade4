import { describe, expect, test } from "vitest";
import { DOCUMENTS, EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { parseSeedCommand, UsageError } from "./options.ts";

test("a folder, the packages or generated rows", () => {
  const common = { workspace: undefined, limit: undefined, databaseUrl: undefined };
  expect(parseSeedCommand(["--from", "docs"])).toEqual({ kind: "folder", directory: "docs", ...common });
  expect(parseSeedCommand(["--packages", "--limit", "1_000", "--workspace=W"])).toEqual({
    ...common,
    kind: "packages",
    limit: 1000,
    workspace: "W",
  });
  expect(parseSeedCommand(["--synthetic", "20,000"])).toEqual({
    kind: "synthetic",
    rows: 20_000,
    tables: EMBEDDING_TABLES,
    seed: 1,
    ids: "v7",
    rowBytes: 400,
    workspaces: 3,
    keepIndexes: false,
    databaseUrl: undefined,
  });
});

test("all options of generated rows", () => {
  const words =
    "--synthetic 5 --tables documents,page_embeddings --seed 0 --ids v4 --row-bytes 9 --workspaces 2 --keep-indexes";
  expect(parseSeedCommand([...words.split(" "), "--database-url", "postgresql://h/d"])).toEqual({
    kind: "synthetic",
    rows: 5,
    tables: [DOCUMENTS, PAGE_EMBEDDINGS],
    seed: 0,
    ids: "v4",
    rowBytes: 9,
    workspaces: 2,
    keepIndexes: true,
    databaseUrl: "postgresql://h/d",
  });
});

test("help wins", () => {
  expect(parseSeedCommand(["--packages", "-h"])).toEqual({ kind: "help" });
});

describe("wrong usage", () => {
  test.each([
    ["", /say what to fill it with/],
    ["--package", /unknown option '--package'; did you mean '--packages'\?/],
    ["--zzzzzzzz", /unknown option '--zzzzzzzz'$/],
    ["--from a --packages", /--from and --packages do not go together/],
    ["--packages --seed 3", /--seed does not go with --packages/],
    ["--synthetic 1.5", /--synthetic takes a whole number from 1 to 1000000000, not '1.5'/],
    ["--synthetic 5 --limit 3", /--limit does not go with --synthetic/],
    ["--synthetic 5 --ids v5", /--ids takes v4 or v7/],
    ["--synthetic 5 --tables document", /unknown table 'document'; did you mean 'documents'\?/],
    ["--packages extra", /extra/],
  ])("%s", (line, message) => {
    const attempt = () => parseSeedCommand(line.split(" ").filter(Boolean));
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
  });
});
