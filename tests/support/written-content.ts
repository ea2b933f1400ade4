import type { TestApp, TestMember } from "./app.ts";

/** A member, and one of each thing that can be edited, in a workspace of their own. */
export interface WrittenContent {
  member: TestMember;
  ids: Readonly<Record<"page" | "document" | "database" | "row", string>>;
}

/** Call it after `openApp`; what it writes waits to be indexed. */
export async function writeContent(app: TestApp): Promise<WrittenContent> {
  const { createPage } = await import("../../app/services/content/pages.server.ts");
  const { createDocument } = await import("../../app/services/content/documents.server.ts");
  const { createDatabase, createRow } = await import("../../app/services/content/databases.server.ts");
  const workspace = await app.addWorkspace("Garden");
  const database = await createDatabase(workspace, { name: "Plants" });
  return {
    member: await app.addMember(workspace),
    ids: {
      page: await createPage(workspace, { title: "Beds", markdown: "First." }),
      document: await createDocument(workspace, { title: "Beds", content: "First." }),
      database,
      row: (await createRow(workspace, database, { name: "Fern", height: 1 })) as string,
    },
  };
}
