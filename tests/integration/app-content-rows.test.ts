import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import {
  createDatabase,
  createRow,
  deleteDatabase,
  deleteRow,
  listDatabases,
  type Properties,
  readDatabase,
  readRow,
  renameDatabase,
  updateRow,
} from "../../app/services/content/databases.server.ts";
import {
  createDocument,
  deleteDocument,
  listDocuments,
  readDocument,
  updateDocument,
} from "../../app/services/content/documents.server.ts";
import { indexPendingNow } from "../../app/services/rag/rag-indexing.server.ts";
import { storedRows, storedTexts, test } from "../support/content.ts";

test("rows are found by what they say, until they go", async ({ pool, database, workspace, provider }) => {
  const id = await createDatabase(workspace, { name: " Tools " }, pool);
  const hammer = await createRow(workspace, id, { name: "Hammer", weight: 2, tags: ["steel", "wood"] }, pool);
  const saw = await createRow(workspace, id, { Title: "Saw", description: "Cuts wood", none: null }, pool);
  expect(await indexPendingNow(pool, provider)).toBe(2);
  const texts = ["Hammer\nTags: steel, wood\nWeight: 2", "Saw: Cuts wood"];
  expect((await storedTexts(database, "database_row_embeddings")).sort()).toEqual(texts);
  expect(await readDatabase(workspace, id, {}, pool)).toMatchObject({
    name: "Tools",
    rowCount: 2,
    rows: [{ id: saw }, { id: hammer, databaseName: "Tools", properties: { weight: 2 } }],
  });
  expect(
    (await readDatabase(workspace, id, { offset: 1, limit: 1 }, pool))?.rows.map((row) => row.id),
  ).toEqual([hammer]);
  expect(await updateRow(workspace, hammer as string, { name: "Mallet" }, undefined, pool)).toBe(true);
  expect(await readRow(workspace, hammer as string, pool)).toMatchObject({ properties: { name: "Mallet" } });
  await indexPendingNow(pool, provider);
  expect((await storedTexts(database, "database_row_embeddings")).sort()).toEqual([
    "Mallet",
    "Saw: Cuts wood",
  ]);
  expect(await deleteRow(workspace, saw as string, pool)).toBe(true);
  expect(await storedTexts(database, "database_row_embeddings")).toEqual(["Mallet"]);
  expect(await renameDatabase(workspace, id, { name: "Better tools" }, pool)).toBe(true);
  expect(await listDatabases(workspace, pool)).toMatchObject([{ id, name: "Better tools", rowCount: 1 }]);
  expect(await deleteDatabase(workspace, id, pool)).toBe(true);
  expect(await storedTexts(database, "database_row_embeddings")).toEqual([]);
  expect(await listDatabases(workspace, pool)).toEqual([]);
});

test("a row that says nothing, too much or what JSON does not have is refused", async ({
  pool,
  workspace,
}) => {
  const id = await createDatabase(workspace, { name: "Tools" }, pool);
  const wrong: Properties[] = [
    {},
    { " ": "x" },
    { value: Number.NaN },
    Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`field ${index}`, index])),
    { long: "x".repeat(1_000_001) },
  ];
  for (const properties of wrong) {
    await expect(createRow(workspace, id, properties, pool)).rejects.toMatchObject({ field: "properties" });
  }
  await expect(createDatabase(workspace, { name: "" }, pool)).rejects.toMatchObject({ field: "name" });
  expect((await readDatabase(workspace, id, {}, pool))?.rowCount).toBe(0);
});

test("documents are found, until they go; sections of pages are not theirs to change", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const fields = {
    title: "Lease",
    content: "The rent is due on Monday.",
    sourceUri: "https://example.org/lease",
  };
  const id = await createDocument(workspace, fields, pool);
  const section = randomUUID();
  await database.query(
    `INSERT INTO documents (id, workspace_id, title, content, metadata)
     VALUES ($1, $2, 'Section', 'Of a page', jsonb_build_object('pageId', gen_random_uuid()))`,
    [section, workspace],
  );
  await indexPendingNow(pool, provider);
  expect(await listDocuments(workspace, {}, pool)).toMatchObject([{ id, title: "Lease" }]);
  expect(await readDocument(workspace, id, pool)).toMatchObject({ ...fields, pageId: null });
  const [before] = await storedRows(database, "documents");
  expect(before?.embedding).not.toBeNull();
  await updateDocument(workspace, id, { ...fields, content: "The rent is due on Friday." }, undefined, pool);
  await indexPendingNow(pool, provider);
  const [after] = await storedRows(database, "documents");
  expect(after).toMatchObject({ id, text: "The rent is due on Friday." });
  expect(after?.embedding).not.toBe(before?.embedding);
  expect(await readDocument(workspace, section, pool)).toMatchObject({ title: "Section" });
  expect(await updateDocument(workspace, section, fields, undefined, pool)).toBe(false);
  expect(await deleteDocument(workspace, section, pool)).toBe(false);
  expect(await deleteDocument(workspace, id, pool)).toBe(true);
  expect(await readDocument(workspace, id, pool)).toBeNull();
});

test("all parts of a long document weigh in its embedding", async ({
  pool,
  database,
  workspace,
  provider,
}) => {
  const part = (word: string) => `${word} `.repeat(70).trim();
  const content = ["alpha", "beta", "gamma"].map(part).join("\n\n");
  const id = await createDocument(workspace, { title: "Long", content }, pool);
  await indexPendingNow(pool, provider);
  expect(provider.embedded.length).toBeGreaterThan(2);
  const similarity = async (word: string) => {
    const [vector = []] = await provider.embed([word]);
    const [row] = await database.query<{ similarity: number }>(
      "SELECT 1 - (embedding <=> $2::vector) AS similarity FROM documents WHERE id = $1",
      [id, JSON.stringify(vector)],
    );
    return row?.similarity ?? 0;
  };
  for (const word of ["alpha", "beta", "gamma"]) expect(await similarity(word)).toBeGreaterThan(0.3);
  expect(await similarity("delta")).toBeCloseTo(0);
});

test("a document without a title or a text is refused", async ({ pool, workspace }) => {
  await expect(createDocument(workspace, { title: "", content: "x" }, pool)).rejects.toMatchObject({
    field: "title",
  });
  await expect(createDocument(workspace, { title: "x", content: " \n" }, pool)).rejects.toMatchObject({
    field: "content",
  });
});

test("another workspace's databases, rows and documents do not exist", async ({
  pool,
  workspace,
  elsewhere,
}) => {
  const databaseId = await createDatabase(workspace, { name: "Ours" }, pool);
  const rowId = (await createRow(workspace, databaseId, { name: "secret" }, pool)) as string;
  const fields = { title: "Ours", content: "secret" };
  const documentId = await createDocument(workspace, fields, pool);
  for (const id of [databaseId, rowId, documentId, randomUUID(), "no uuid"]) {
    expect(await readDatabase(elsewhere, id, {}, pool)).toBeNull();
    expect(await renameDatabase(elsewhere, id, { name: "x" }, pool)).toBe(false);
    expect(await deleteDatabase(elsewhere, id, pool)).toBe(false);
    expect(await createRow(elsewhere, id, { name: "x" }, pool)).toBeNull();
    expect(await readRow(elsewhere, id, pool)).toBeNull();
    expect(await updateRow(elsewhere, id, { name: "x" }, undefined, pool)).toBe(false);
    expect(await deleteRow(elsewhere, id, pool)).toBe(false);
    expect(await readDocument(elsewhere, id, pool)).toBeNull();
    expect(await updateDocument(elsewhere, id, fields, undefined, pool)).toBe(false);
    expect(await deleteDocument(elsewhere, id, pool)).toBe(false);
  }
  expect(await listDatabases(elsewhere, pool)).toEqual([]);
  expect(await listDocuments(elsewhere, {}, pool)).toEqual([]);
  expect(await readRow(workspace, rowId, pool)).toMatchObject({ properties: { name: "secret" } });
});
