import { describe, expect, test } from "vitest";
import {
  generateEmbeddingsBatch,
  storePageEmbeddings,
} from "../../app/services/embedding-generation.server.ts";
import { guardedDatabase, recorded } from "../support/guarded-database.ts";
import {
  answering,
  EMBEDDING,
  GOOD,
  MALFORMED_CHUNKS,
  MALFORMED_STORES,
  type MalformedStore,
  OTHER_PAGE,
  PAGE,
  WORKSPACE,
} from "../support/malformed-rows.ts";
import {
  MALFORMED_IDS,
  MALFORMED_METADATA,
  MALFORMED_VECTORS,
  type Malformed,
  SQL,
  SQL_NAME,
  vectorWith,
} from "../support/malformed-values.ts";

const database = guardedDatabase();

/** Stores one page, of which `change` is wrong. */
function storePage(change: object, provider = answering([EMBEDDING])) {
  const whole = { pageId: PAGE, workspaceId: WORKSPACE, chunks: [GOOD], ...change };
  return recorded(() => storePageEmbeddings([whole], { database: database.pool, provider }));
}

/** Refused by table, entity and chunk, before anything was sent to the provider or the database. */
async function expectNotStored(work: MalformedStore, problem: string, message: RegExp): Promise<void> {
  const provider = answering([EMBEDDING]);
  const { error, statements } = await recorded(() => work({ database: database.pool, provider }));
  expect(error).toMatchObject({ name: "EmbeddingValueError", problem });
  expect(error?.message).toMatch(message);
  expect(error?.message.length).toBeLessThan(250);
  expect({ statements, asked: provider.asked }).toEqual({ statements: [], asked: 0 });
}

describe("the vector of a chunk is refused", () => {
  const more: Malformed[] = [
    ["1e39, beyond fp32", vectorWith(1e39), /page .*out of range for vector|out of range for vector/],
    ["minus 3.5e38, beyond fp32", vectorWith(-3.5e38), /-3\.5e\+38 at position 701 is out of range/],
    ["an empty text", "", /the text ""/],
  ];
  test.for([...MALFORMED_VECTORS, ...more])("%s", async ([, wrong, message]) => {
    const { error, statements } = await storePage({ chunks: [GOOD, { text: "bad", embedding: wrong }] });
    const entity = { table: "page_embeddings", id: PAGE, chunkIndex: 1 };
    expect(error).toMatchObject({ name: "EmbeddingValueError", entity });
    expect(error?.message).toMatch(message);
    expect(statements).toEqual([]);
  });
});

describe("the id of a page is refused", () => {
  test.for(MALFORMED_IDS)("%s", ([, pageId, message]) =>
    expectNotStored(
      (options) =>
        storePageEmbeddings([{ pageId: pageId as string, workspaceId: WORKSPACE, chunks: [] }], options),
      "invalid_id",
      message,
    ),
  );
});

describe("the metadata of a chunk is refused", () => {
  test.for(MALFORMED_METADATA.filter(([, metadata]) => metadata !== undefined))(
    "%s",
    ([, metadata, message]) =>
      expectNotStored(
        (options) =>
          storePageEmbeddings(
            [{ pageId: PAGE, workspaceId: WORKSPACE, chunks: [{ ...GOOD, metadata: metadata as never }] }],
            options,
          ),
        "invalid_metadata",
        message,
      ),
  );
});

describe("a chunk is refused", () => {
  test.for(MALFORMED_CHUNKS)("%s", ([, chunks, problem, message]) =>
    expectNotStored(
      (options) =>
        storePageEmbeddings([{ pageId: PAGE, workspaceId: WORKSPACE, chunks: chunks as never }], options),
      problem,
      message,
    ),
  );
});

describe("what a chunk belongs to is refused", () => {
  test.for(MALFORMED_STORES)("%s", ([, store, problem, message]) => expectNotStored(store, problem, message));

  test("an empty batch is nothing to do, and nothing is sent", async () => {
    const { result, statements } = await recorded(() => storePageEmbeddings([], { database: database.pool }));
    expect({ result, statements }).toEqual({ result: 0, statements: [] });
  });
});

describe("the answer of a provider is refused", () => {
  test.for<readonly [name: string, answer: unknown, message: RegExp]>([
    ["nothing", undefined, /undefined instead of vectors/],
    ["a text", SQL, /the text .* instead of vectors/],
    ["no vector", [], /0 vectors for 1 texts/],
    ["a vector too many", [EMBEDDING, EMBEDDING], /2 vectors for 1 texts/],
    ["null as the vector", [null], /null instead of a vector for text 1 of 1/],
    ["a gap as the vector", new Array(1), /undefined instead of a vector/],
    ["three numbers", [[1, 2, 3]], /3 dimensions for text 1 of 1, not 1536/],
    ["NaN in it", [vectorWith(Number.NaN)], /no finite vector for text 1 of 1: NaN/],
    ["infinity in it", [vectorWith(Number.POSITIVE_INFINITY)], /no finite vector .* Infinity/],
    ["null in it", [vectorWith(null)], /no finite vector .* null/],
    ["a number as text in it", [vectorWith("0.5")], /no finite vector .* the text "0\.5"/],
    ["SQL in it", [vectorWith(SQL)], /no finite vector .* the text "x'; DROP/],
  ])("%s", async ([, answer, message]) => {
    const { error, statements } = await storePage({ chunks: [{ text: "new" }] }, answering(answer));
    expect(error).toMatchObject({
      name: "EmbeddingProviderError",
      provider: "fixed",
      problem: "invalid_answer",
    });
    expect(error?.message).toMatch(message);
    expect(statements).toEqual([]);
  });

  test("1e39, which is finite and beyond fp32: nothing is left of the batch", async () => {
    const provider = answering([vectorWith(1e39)]);
    const { error } = await storePage({ chunks: [{ text: "new" }] }, provider);
    expect(error).toMatchObject({ name: "EmbeddingValueError", problem: "out_of_range" });
  });
});

describe("a text to embed is refused", () => {
  test.for<Malformed>([
    ["an empty one", "", /text 2 of 2 is empty/],
    ["blanks", "\t ", /text 2 of 2 is empty/],
    ["undefined", undefined, /text 2 of 2 is undefined, not a text/],
    ["an object", {}, /text 2 of 2 is an object/],
  ])("%s", async ([, text, message]) => {
    const provider = answering([EMBEDDING]);
    const attempt = generateEmbeddingsBatch(["good", text as string], { provider });
    await expect(attempt).rejects.toMatchObject({
      problem: "invalid_request",
      message: expect.stringMatching(message),
    });
    expect(provider.asked).toBe(0);
  });
});

test("after all of them schema and rows are what they were", async () => {
  expect(await database.contents()).toEqual(database.before);
});

describe("what is stored, although it looks odd", () => {
  test("SQL in texts, keys and values is stored as it is, as a parameter", async () => {
    const chunks = [{ text: SQL, embedding: EMBEDDING, metadata: { [SQL]: SQL_NAME } }];
    const { error, statements } = await storePage({ pageId: OTHER_PAGE, chunks });
    expect(error).toBeUndefined();
    expect(statements.join()).not.toContain("pwned");
    const stored = await database.query(
      "SELECT chunk_text, metadata FROM page_embeddings WHERE page_id = $1",
      [OTHER_PAGE],
    );
    expect(stored).toEqual([{ chunk_text: SQL, metadata: { [SQL]: SQL_NAME } }]);
  });

  test.for<readonly [name: string, text: string, stored: string]>([
    ["a NUL character becomes a space", "a\u0000b", "a b"],
    ["half of a surrogate pair becomes the replacement character", "a\ud83d b \ude00", "a\ufffd b \ufffd"],
    ["a whole pair stays", "a\ud83d\ude00", "a\ud83d\ude00"],
    [
      "a backslash before u0000 stays, as in the text of a program",
      "\\u0000 and \\\\u0000",
      "\\u0000 and \\\\u0000",
    ],
    ["a backslash before a NUL stays", "\\\u0000", "\\ "],
    ["a backslash before ud83d stays", "\\ud83d", "\\ud83d"],
    ["other control characters stay", "\u0001\u001b\u007f", "\u0001\u001b\u007f"],
  ])("%s", async ([, text, stored]) => {
    const { error } = await storePage({
      pageId: OTHER_PAGE,
      chunks: [{ text, embedding: EMBEDDING, metadata: { [text]: text } }],
    });
    expect(error).toBeUndefined();
    expect(
      await database.query("SELECT chunk_text, metadata FROM page_embeddings WHERE page_id = $1", [
        OTHER_PAGE,
      ]),
    ).toEqual([{ chunk_text: stored, metadata: { [stored]: stored } }]);
  });
});
