import {
  storeBlockEmbeddings,
  storeDatabaseRowEmbeddings,
  storeDocumentEmbeddings,
  storePageEmbeddings,
} from "../../app/services/embedding-generation.server.ts";
import type { EmbeddingValueProblem } from "../../app/services/embeddings/embedding-value.ts";
import type { EmbeddingProvider } from "../../app/services/embeddings/provider.ts";
import { SQL, vectorWith } from "./malformed-values.ts";

/** Stores something that is wrong. */
export type MalformedStore = (options: Parameters<typeof storePageEmbeddings>[1]) => Promise<unknown>;

export const [PAGE, BLOCK, WORKSPACE, OTHER_PAGE] = [1, 2, 3, 4].map(
  (number) => `00000000-0000-4000-8000-00000000000${number}`,
) as [string, string, string, string];

/** A vector as it should be. */
export const EMBEDDING = vectorWith(0.5) as number[];

/** A chunk as it should be. */
export const GOOD = { text: "good", embedding: EMBEDDING };

type Problem = EmbeddingValueProblem;

/** Chunks of a page that cannot be stored. */
export const MALFORMED_CHUNKS: readonly (readonly [string, unknown, Problem, RegExp])[] = [
  [
    "no text",
    [{ embedding: EMBEDDING }],
    "invalid_text",
    /chunk 0: chunk_text is undefined; a text is needed/,
  ],
  ["null as text", [{ text: null }], "invalid_text", /chunk_text is null/],
  ["a number as text", [{ text: 5 }], "invalid_text", /chunk_text is 5/],
  ["an array as text", [{ text: ["a"] }], "invalid_text", /an array of 1/],
  ["an empty text", [GOOD, { text: "" }], "empty_text", /chunk 1: there is no text/],
  ["a text of blanks", [{ text: " \n\t" }], "empty_text", /there is no text/],
  ["2,000,001 characters", [{ ...GOOD, text: "x".repeat(2_000_001) }], "too_long", /at most 2000000/],
  ["undefined as a chunk", [GOOD, undefined], "invalid_text", /chunk 1: chunk_text is undefined/],
  ["null as a chunk", [null], "invalid_text", /chunk 0: chunk_text is undefined/],
  ["a text as a chunk", [SQL], "invalid_text", /chunk 0: chunk_text is undefined/],
  ["a gap among the chunks", new Array(1), "invalid_text", /chunk 0: chunk_text is undefined/],
  ["no chunks, for which none would delete", undefined, "invalid_text", /chunks is undefined; an array/],
  ["an object as chunks", {}, "invalid_text", /chunks is an object; an array/],
  ["a text as chunks", "abc", "invalid_text", /chunks is the text "abc"; an array/],
];

const block = { blockId: BLOCK, pageId: PAGE, workspaceId: WORKSPACE, chunks: [GOOD] };
const row = { rowId: BLOCK, databaseId: PAGE, workspaceId: WORKSPACE, chunks: [GOOD] };
const document = {
  documentId: BLOCK,
  workspaceId: WORKSPACE,
  title: "T",
  content: "C",
  embedding: EMBEDDING,
};
const page = { pageId: PAGE, workspaceId: WORKSPACE, chunks: [GOOD] };

const pages =
  (change: object): MalformedStore =>
  (options) =>
    storePageEmbeddings([{ ...page, ...change }], options);
const blocks =
  (change: object): MalformedStore =>
  (options) =>
    storeBlockEmbeddings([{ ...block, ...change }], options);
const rows =
  (change: object): MalformedStore =>
  (options) =>
    storeDatabaseRowEmbeddings([{ ...row, ...change }], options);
const documents =
  (change: object): MalformedStore =>
  (options) =>
    storeDocumentEmbeddings([{ ...document, ...change }], options);

/** Pages, blocks, database rows and documents that cannot be stored. */
export const MALFORMED_STORES: readonly (readonly [string, MalformedStore, Problem, RegExp])[] = [
  ["a page twice", (options) => storePageEmbeddings([page, page], options), "duplicate", /given twice/],
  [
    "a page twice, in other letters",
    (options) =>
      storePageEmbeddings(
        [
          { ...page, pageId: "abcdefab-0000-4000-8000-000000000001" },
          { ...page, pageId: "ABCDEFAB-0000-4000-8000-000000000001" },
        ],
        options,
      ),
    "duplicate",
    /ABCDEFAB.*given twice/,
  ],
  [
    "a document twice",
    (options) => storeDocumentEmbeddings([document, document], options),
    "duplicate",
    /documents 0.*given twice/,
  ],
  [
    "the workspace of a page",
    pages({ workspaceId: SQL }),
    "invalid_id",
    /workspace_id is the text "x'; DROP/,
  ],
  ["the id of a block", blocks({ blockId: SQL }), "invalid_id", /block_id is the text/],
  ["the page of a block", blocks({ pageId: "1" }), "invalid_id", /page_id is the text "1"/],
  [
    "the vector of a block",
    blocks({ chunks: [{ text: "b", embedding: [] }] }),
    "wrong_dimension",
    /0 dimensions/,
  ],
  ["the id of a row", rows({ rowId: "" }), "invalid_id", /row_id is the text ""/],
  ["the database of a row", rows({ databaseId: SQL }), "invalid_id", /database_id is/],
  ["the id of a document", documents({ documentId: SQL }), "invalid_id", /\bid is the text "x';/],
  ["the workspace of a document", documents({ workspaceId: null }), "invalid_id", /workspace_id is null/],
  ["the title of a document", documents({ title: null }), "invalid_text", /title is null/],
  ["the content of a document", documents({ content: {} }), "invalid_text", /content is an object/],
  [
    "a long content of a document",
    documents({ content: "x".repeat(3e6) }),
    "too_long",
    /content has 3000000/,
  ],
  ["the address of a document", documents({ sourceUri: 7 }), "invalid_text", /source_uri is 7/],
  [
    "what is embedded of a document",
    documents({ embeddedText: 7 }),
    "invalid_text",
    /the embedded text is 7/,
  ],
  [
    "the vector of a document",
    documents({ embedding: [1] }),
    "wrong_dimension",
    /documents 0.*: 1 dimensions/,
  ],
  [
    "the metadata of a document",
    documents({ metadata: [] }),
    "invalid_metadata",
    /metadata: it is an array of 0/,
  ],
];

/** A provider that gives one answer to everything, and counts how often it is asked. */
export function answering(answer: unknown): EmbeddingProvider & { asked: number } {
  return {
    name: "fixed",
    model: "fixed",
    dimensions: 1536,
    inputCharacters: 1000,
    asked: 0,
    async embed() {
      this.asked++;
      return answer as number[][];
    },
    close: async () => {},
  };
}
