import type { TestDatabase } from "./test.ts";

/** A checksum of the stored bytes of each page's embedding in a column, as `vector`, by its id; null without one. */
export async function bytesById(
  database: TestDatabase,
  column: "embedding" | "embedding_vector_backup" = "embedding",
): Promise<Map<string, string | null>> {
  const rows = await database.query<{ id: string; bytes: string | null }>(
    `SELECT id, md5(vector_send(${column}::vector)) AS bytes FROM page_embeddings`,
  );
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}

/** Changes, empties, deletes, touches and adds a page while the columns are swapped. Returns their ids. */
export async function writeAfterSwap(database: TestDatabase) {
  const rows = await database.query<{ id: string }>("SELECT id FROM page_embeddings ORDER BY id LIMIT 4");
  const [changed, emptied, deleted, touched] = rows.map(({ id }) => id) as [string, string, string, string];
  await database.query(
    "UPDATE page_embeddings SET embedding = (SELECT embedding FROM documents LIMIT 1) WHERE id = $1",
    [changed],
  );
  await database.query("UPDATE page_embeddings SET embedding = NULL WHERE id = $1", [emptied]);
  await database.query("DELETE FROM page_embeddings WHERE id = $1", [deleted]);
  await database.query("UPDATE page_embeddings SET chunk_text = 'touched' WHERE id = $1", [touched]);
  return { changed, emptied, deleted, added: await addPage(database) };
}

/** Adds a page with the embedding of a document, in the type that the column has now. Returns its id. */
export async function addPage(database: TestDatabase): Promise<string> {
  const [added] = await database.query<{ id: string }>(
    `INSERT INTO page_embeddings (page_id, workspace_id, embedding)
     SELECT gen_random_uuid(), workspace_id, embedding FROM documents LIMIT 1 RETURNING id`,
  );
  return added?.id ?? "";
}

/** Checksums as they were before {@link writeAfterSwap}, brought up to what it wrote: `now` has the rounded values. */
export function expectedBytes(
  before: ReadonlyMap<string, string | null>,
  now: ReadonlyMap<string, string | null>,
  { rounded, emptied, deleted }: { rounded: readonly string[]; emptied: string; deleted: string },
): Map<string, string | null> {
  const expected = new Map(before);
  for (const id of rounded) expected.set(id, now.get(id) ?? "missing");
  expected.set(emptied, null);
  expected.delete(deleted);
  return expected;
}
