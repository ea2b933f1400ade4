import { describe, expect, test } from "vitest";
import { type EmbeddingTable, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { searchEverything } from "../../app/services/rag/search-everything.server.ts";
import type { SearchParameters } from "../../app/services/rag/search-parameters.ts";
import { EVERY_WORKSPACE, type VectorSearch } from "../../app/services/rag/search-request.ts";
import { nearestInRangeStatement } from "../../app/services/rag/similarity-sql/exact-similarities.ts";
import { exactStatement } from "../../app/services/rag/similarity-sql/nearest-rows.ts";
import { searchEmbeddings } from "../../app/services/rag/vector-search.server.ts";
import { guardedDatabase, outsideQuotes, recorded } from "../support/guarded-database.ts";
import {
  MALFORMED_COUNTS,
  MALFORMED_IDS,
  MALFORMED_METADATA,
  MALFORMED_VECTORS,
  type Malformed,
  SQL,
  SQL_NAME,
  vectorWith,
} from "../support/malformed-values.ts";

const database = guardedDatabase();

function search(change: Partial<Record<keyof VectorSearch, unknown>>) {
  const usual = {
    table: PAGE_EMBEDDINGS,
    vector: vectorWith(0.4),
    limit: 10,
    workspaceId: EVERY_WORKSPACE,
  };
  return recorded(() => searchEmbeddings({ ...usual, ...change } as VectorSearch, database.pool));
}

/** Refused by name of the field, before anything was sent. */
async function expectRefused(field: keyof VectorSearch, value: unknown, message: RegExp): Promise<void> {
  const { error, statements } = await search({ [field]: value });
  expect(error).toMatchObject({ name: "InvalidSearchError", field });
  expect(error?.message).toMatch(message);
  expect(error?.message.length).toBeLessThan(200);
  expect(statements).toEqual([]);
}

describe("the vector of a search is refused", () => {
  const more: Malformed[] = [
    ["null", null, /null/],
    ["undefined", undefined, /undefined/],
    ["zeros", new Array(1536).fill(0), /zeros has no direction/],
    ["minus zeros", new Array(1536).fill(-0), /zeros has no direction/],
  ];
  test.for([...MALFORMED_VECTORS, ...more])("%s", ([, vector, message]) =>
    expectRefused("vector", vector, message),
  );
});

describe("the limit of a search is refused", () => {
  test.for([...MALFORMED_COUNTS, ["undefined", undefined, /is undefined/] as const])(
    "%s",
    ([, limit, message]) => expectRefused("limit", limit, message),
  );
});

describe("the candidate list of a search is refused", () => {
  test.for(MALFORMED_COUNTS)("%s", ([, efSearch, message]) => expectRefused("efSearch", efSearch, message));
});

describe("the smallest similarity of a search is refused", () => {
  test.for<Malformed>([
    ["2", 2, /is 2; a number from -1 to 1/],
    ["minus 2", -2, /is -2; a number from -1 to 1/],
    ["just above 1", 1.000001, /is 1\.000001/],
    ["NaN", Number.NaN, /is NaN/],
    ["infinity", Number.POSITIVE_INFINITY, /is Infinity/],
    ["null", null, /is null/],
    ["a word", "abc", /the text "abc"/],
    ["a number as text", "0.5", /the text "0\.5"/],
    ["SQL", SQL, /the text "x'; DROP TABLE/],
    ["an array", [0.5], /an array of 1/],
  ])("%s", ([, minSimilarity, message]) => expectRefused("minSimilarity", minSimilarity, message));
});

describe("the workspace of a search is refused", () => {
  const none: Malformed = ["none at all", undefined, /is undefined; a uuid/];
  test.for([...MALFORMED_IDS, none])("%s", ([, id, message]) => expectRefused("workspaceId", id, message));
});

describe("the metadata filter of a search is refused", () => {
  const more: Malformed[] = [
    ["a NUL character", { lang: "e\u0000n" }, /\\u0000, which no text in the database has/],
    ["a NUL character in a key", { "la\u0000ng": "en" }, /\\u0000/],
    ["half of a surrogate pair", { lang: "\ud83d" }, /\\ud83d/],
    ["the other half", { lang: ["\ude00 and more"] }, /\\ude00/],
  ];
  test.for([...MALFORMED_METADATA, ...more])("%s", ([, metadata, message]) =>
    expectRefused("metadata", metadata, message),
  );
});

describe("what a search takes, although it looks odd", () => {
  const none = (hits: number) => expect.objectContaining({ hits: expect.objectContaining({ length: hits }) });

  test.for<readonly [name: string, change: Partial<Record<keyof VectorSearch, unknown>>, hits: number]>([
    ["a limit of a billion counts as 1000", { limit: 1e9 }, 4],
    ["a limit of infinity counts as 1000", { limit: Number.POSITIVE_INFINITY }, 4],
    ["a candidate list of a billion counts as 1000", { efSearch: 1e9 }, 4],
    ["1e39, beyond fp32, is a direction like any other", { vector: vectorWith(1e39) }, 4],
    ["1e-300 everywhere is a direction like any other", { vector: new Array(1536).fill(1e-300) }, 4],
    ["SQL as a metadata value matches nothing", { metadata: { lang: SQL } }, 0],
    ["SQL as a metadata key matches nothing", { metadata: { [SQL]: true } }, 0],
    ["__proto__ is a key that no row has", { metadata: JSON.parse('{"__proto__":{"synthetic":true}}') }, 0],
    ["an escaped backslash before u0000 is no NUL", { metadata: { path: "\\u0000" } }, 0],
    ["100 levels of metadata", { metadata: JSON.parse(`${'{"a":'.repeat(99)}{}${"}".repeat(99)}`) }, 0],
    ["an empty filter matches every row", { metadata: {} }, 4],
    [
      "an object without a prototype is a filter",
      { metadata: Object.assign(Object.create(null), { synthetic: true }) },
      4,
    ],
  ])("%s", async ([, change, hits]) => {
    const { error, result, statements } = await search(change);
    expect(error).toBeUndefined();
    expect(result).toEqual(none(hits));
    expect(statements.join()).not.toMatch(/pwned|__proto__/);
  });
});

describe("a table with SQL in its description", () => {
  test.for<readonly [which: string, change: Partial<EmbeddingTable>]>([
    ["the name", { name: SQL_NAME }],
    ["the schema", { schema: SQL_NAME }],
    ["the column", { column: SQL_NAME }],
    ["a name with quotes", { name: '"page_embeddings"' }],
    ["a name with a NUL-like escape", { name: "page_embeddings\\0" }],
    ["a name with a semicolon", { name: "page_embeddings;pwned" }],
  ])("%s: there is no such thing", async ([, change]) => {
    const { error, statements } = await search({ table: { ...PAGE_EMBEDDINGS, ...change } });
    expect(error).toMatchObject({ name: "EmbeddingTableMissingError" });
    expect(error?.message).toContain(String(Object.values(change)[0]));
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.join()).not.toContain("pwned");
  });

  test("a key column: quoted, and no such column", async () => {
    const { error, statements } = await search({ table: { ...PAGE_EMBEDDINGS, key: [SQL_NAME] } });
    expect(error).toMatchObject({ code: "42703", message: expect.stringContaining("does not exist") });
    expect(statements.join()).toContain('e."page_embeddings""; DROP TABLE pages');
    expect(outsideQuotes(statements)).not.toContain("pwned");
  });

  test.for([
    ["SQL", "1536); DROP TABLE pages; SELECT ('pwned'"],
    ["a number as text", "1536"],
    ["NaN", Number.NaN],
    ["1.5", 1.5],
  ])("dimensions that are %s go into no statement", async ([, dimensions]) => {
    const table = { ...PAGE_EMBEDDINGS, dimensions: dimensions as number };
    const { error, statements } = await search({ table });
    expect(error).toMatchObject({ name: "InvalidSearchError", field: "vector" });
    expect(statements).toEqual([]);
    const column = { name: "embedding", type: "vector" } as const;
    expect(() => exactStatement(table, column, { vector: [1], limit: 1 })).toThrow("no such type");
    expect(() => nearestInRangeStatement(table, column)).toThrow("no such type");
  });

  test("a type of column that is SQL goes into no statement", () => {
    const column = { name: "embedding", type: "vector(1536); SELECT 'pwned' --" as "vector" };
    expect(() => exactStatement(PAGE_EMBEDDINGS, column, { vector: [1], limit: 1 })).toThrow("no such type");
  });
});

describe("a search over everything is refused before its query is embedded", () => {
  const workspaceId = "00000000-0000-4000-8000-000000000001";
  const usual: SearchParameters = { query: "how", types: ["pages"], limit: 10, workspaceId };

  test.for<readonly [name: string, change: object, field: string, message: RegExp]>([
    ["an empty query", { query: "" }, "query", /empty/],
    ["nothing but blanks", { query: " \t\n\u00a0\u2003" }, "query", /empty/],
    ["a query of 10,001 characters", { query: "x".repeat(10_001) }, "query", /longer than 2000/],
    ["a query with NUL", { query: "how\u0000" }, "query", /\\u0000, which no text has/],
    ["a query with half of a surrogate pair", { query: "how \ud83d" }, "query", /\\ud83d/],
    ["no text as a query", { query: ["how"] }, "query", /an array of 1; a text is needed/],
    ["no query", { query: undefined }, "query", /undefined; a text is needed/],
    ["no types", { types: [] }, "types", /give one of pages/],
    ["an unknown type", { types: ["page"] }, "types", /"page" is not one of pages/],
    ["SQL as a type", { types: ["pages", SQL] }, "types", /DROP TABLE/],
    ["two types in one", { types: ["pages,blocks"] }, "types", /"pages,blocks" is not one of/],
    ["a type that every object has", { types: ["constructor"] }, "types", /"constructor" is not one of/],
    ["types as a text", { types: "pages" }, "types", /give one of pages/],
    ["a limit of 0", { limit: 0 }, "limit", /is 0/],
    ["a negative limit", { limit: -1 }, "limit", /is -1/],
    ["a limit with SQL", { limit: "1; SELECT 'pwned'" }, "limit", /the text "1; SELECT/],
    ["a workspace that is no uuid", { workspaceId: SQL }, "workspaceId", /a uuid is needed/],
    ["no workspace", { workspaceId: undefined }, "workspaceId", /undefined; a uuid is needed/],
    ["every workspace", { workspaceId: EVERY_WORKSPACE }, "workspaceId", /a symbol; a uuid is needed/],
    ["a similarity of 2", { minSimilarity: 2 }, "minSimilarity", /is 2/],
  ])("%s", async ([, change, field, message]) => {
    const { error, statements } = await recorded(() =>
      searchEverything({ ...usual, ...change } as SearchParameters, database.pool),
    );
    expect(error).toMatchObject({ name: "InvalidSearchError", field });
    expect(error?.message).toMatch(message);
    expect(statements).toEqual([]);
  });

  test("control characters and SQL in a query are text like any other", async () => {
    const query = `\u0001\u0007\u001b[31m ${SQL}`;
    const [filled] = await database.query<{ id: string; pages: number }>(
      `SELECT workspace_id AS id, count(DISTINCT page_id)::int AS pages FROM page_embeddings
       GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`,
    );
    const search = { query, types: ["pages", "pages"] as const, limit: 1e9, workspaceId: filled?.id ?? "" };
    const { error, result, statements } = await recorded(() => searchEverything(search, database.pool));
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ query, items: { length: filled?.pages }, tables: [{ type: "pages" }] });
    expect(statements.join()).not.toContain("pwned");
  });
});

test("after all of them schema and rows are what they were", async () => {
  expect(await database.contents()).toEqual(database.before);
});
