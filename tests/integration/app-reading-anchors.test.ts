import { afterAll, beforeAll, expect, test } from "vitest";
import type { Passage } from "../../app/services/rag/found-passage.ts";
import type { MarkdownNode } from "../../app/services/reading/markdown-tree.ts";
import { openApp, type TestApp } from "../support/app.ts";
import { wordProvider } from "../support/word-provider.ts";

const VERSIONS = Array.from({ length: 30 }, (_, at) => 30 - at);
const CHANGELOG = VERSIONS.map(
  (version) => `## ${version}.0\n\n### Fixed\n\nThe fault number ${version} is gone.`,
).join("\n\n");

let app: TestApp;
let workspaceId: string;

beforeAll(async () => {
  app = await openApp();
  workspaceId = await app.addWorkspace();
});

afterAll(() => app.close());

/** For each hit that the rows of an embedding table can be: its text, and that of what its address points at. */
async function opened(table: "page_embeddings" | "documents", pageId: string, workspace = workspaceId) {
  const { foundPassage } = await import("../../app/services/rag/found-passage.ts");
  const { readPageView } = await import("../../app/services/reading/read-page-view.server.ts");
  const page = await readPageView(workspace, pageId);
  const rows = await app.query(
    table === "documents"
      ? "SELECT title, content AS text, metadata FROM documents WHERE metadata ->> 'pageId' = $1 ORDER BY metadata -> 'section'"
      : "SELECT $2 AS title, chunk_text AS text, metadata FROM page_embeddings WHERE page_id = $1::uuid ORDER BY chunk_index",
    table === "documents" ? [pageId] : [pageId, page?.title],
  );
  return rows.map(({ title, text, metadata }) => {
    const type = table === "documents" ? "documents" : "pages";
    const hit: Passage = {
      type,
      sourceId: pageId,
      pageId: table === "documents" ? null : pageId,
      title,
      text,
      metadata,
    };
    const found = foundPassage(hit);
    const [path, fragment] = found.address.split("#");
    expect(path).toBe(`/app/pages/${pageId}`);
    return { text: found.text, below: textBelow(page?.text ?? [], fragment) };
  });
}

/** What stands under the heading with this id. */
function textBelow(nodes: readonly MarkdownNode[], id: string | undefined): string | null {
  const at = nodes.findIndex((node) => node.type === "heading" && node.id === id);
  const next = at === -1 ? undefined : nodes[at + 1];
  return next?.type === "paragraph" ? next.children.join("") : null;
}

test("each section of a changelog is opened at its own heading, one of thirty with the same words", async () => {
  const { createPage } = await import("../../app/services/content/pages.server.ts");
  const { indexPendingNow } = await import("../../app/services/rag/rag-indexing.server.ts");
  const id = await createPage(
    workspaceId,
    { title: "Changelog", markdown: `# Changelog\n\n${CHANGELOG}` },
    app.pool,
  );
  await indexPendingNow(app.pool, wordProvider());
  const faults = VERSIONS.map((version) => `The fault number ${version} is gone.`);
  expect(await opened("page_embeddings", id)).toEqual(faults.map((text) => ({ text, below: text })));

  // As rows are that were indexed before there were anchors: they lead to the first.
  await app.query("UPDATE page_embeddings SET metadata = metadata - 'anchor' WHERE page_id = $1", [id]);
  const below = (await opened("page_embeddings", id)).map((hit) => hit.below);
  expect(new Set(below)).toEqual(new Set([faults[0]]));
});

test("the sections of an imported file lead to their headings, also where a heading is all of their name", async () => {
  const { importMarkdown } = await import("../../app/services/import/import-markdown.server.ts");
  const markdown = "Before all.\n\n## Notes\n\nFirst.\n\n## Chat\n\nSecond.\n\n## Notes\n\nThird.";
  await importMarkdown([{ path: "notes.md", read: async () => ({ path: "notes.md", markdown }) }], {
    workspace: "Imported",
    database: app.pool,
    provider: wordProvider(),
  });
  const [page] = await app.query(
    "SELECT p.id, p.workspace_id FROM pages p JOIN workspaces w ON w.id = p.workspace_id WHERE w.name = 'Imported'",
  );
  const sections = [
    { text: "Before all.", below: null },
    { text: "First.", below: "First." },
    { text: "Second.", below: "Second." },
    { text: "Third.", below: "Third." },
  ];
  expect(await opened("documents", page?.id, page?.workspace_id)).toEqual(sections);
  expect(await opened("page_embeddings", page?.id, page?.workspace_id)).toEqual(sections);
});
