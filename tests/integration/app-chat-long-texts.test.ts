import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WholeAnswer } from "../../app/services/rag/answering/whole-answer.ts";
import { ask, type Handler, openApp, type TestApp, type TestMember } from "../support/app.ts";
import { collected } from "../support/collected.ts";

const ANSWER = "The brass telescope on the roof is cleaned with distilled water every third Friday.";
const QUESTION = "How often is the brass telescope on the roof cleaned?";

const PARAGRAPH =
  "The observatory is open to visitors from March to October. Groups are asked to come in the morning, and the roof " +
  "is closed in bad weather. The library keeps the journals of the society.";

/** About 100 KB, its answer near the end. */
const CONTENT = Array.from({ length: 550 }, () => PARAGRAPH)
  .toSpliced(530, 0, ANSWER)
  .join("\n\n");

let app: TestApp;
let action: Handler;
let closeProvider: () => Promise<void>;
let member: TestMember;
let manual: string;

beforeAll(async () => {
  app = await openApp({ env: { OPENAI_API_KEY: "" } });
  ({ action } = await import("../../app/routes/api.chat.ts"));
  const { embeddingProvider } = await import("../../app/services/embeddings/provider-choice.server.ts");
  closeProvider = () => embeddingProvider().close();
  const workspaceId = await app.addWorkspace();
  member = await app.addMember(workspaceId);
  manual = randomUUID();
  const { storeDocumentEmbeddings } = await import("../../app/services/embedding-generation.server.ts");
  await storeDocumentEmbeddings(
    [
      { documentId: manual, workspaceId, title: "Observatory", content: CONTENT, embeddedText: PARAGRAPH },
      { documentId: randomUUID(), workspaceId, title: "Roof", content: "The roof was painted in May." },
    ],
    { database: app.pool },
  );
});

afterAll(async () => {
  await closeProvider();
  await app.close();
});

test("a question about the end of a long document is answered with its words, and cites it", async () => {
  expect(CONTENT.length).toBeGreaterThan(95_000);
  const headers = { accept: "application/json" };
  const asked = await ask(action, "/api/chat", { as: member, json: { question: QUESTION }, headers });
  expect(asked.status, asked.text).toBe(200);
  const told = asked.body as WholeAnswer;
  const [, quote, n] = /^- “(.+?)” \[(\d+)\]$/m.exec(told.answer) ?? [];
  expect(quote).toContain(ANSWER);
  expect(told.sources.find((source) => source.n === Number(n))).toMatchObject({
    type: "documents",
    id: manual,
    title: "Observatory",
    address: `/app/documents/${manual}`,
  });
  for (const { text } of told.sources) expect(text.length).toBeLessThanOrEqual(2_000);
  expect(told.sources.filter(({ id, text }) => id === manual && !CONTENT.includes(text))).toEqual([]);
});

test("a model reads that place too", async () => {
  const { answerQuestion } = await import("../../app/services/rag/answering/answer-question.server.ts");
  const { openAIServer } = await import("../support/openai-server.ts");
  const server = await openAIServer((request) => {
    request.write("Every third Friday [1].");
    request.end();
  });
  const writer = { apiKey: "sk-test", baseURL: server.url, model: "gpt-4.1-mini" };
  await collected(answerQuestion({ workspaceId: member.workspaceId, question: QUESTION }, { writer }));
  await server.close();
  const sent = server.requests[0]?.messages.at(-1)?.content ?? "";
  expect(sent).toContain(ANSWER);
  expect(sent.length).toBeLessThan(16_000);
});
