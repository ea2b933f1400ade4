import { describe, expect, it } from "vitest";
import type { FoundItem } from "../services/rag/search-everything.server.ts";
import { foundPassage } from "./found-passage.ts";

const item: FoundItem = {
  type: "pages",
  key: "1",
  similarity: 0.5,
  workspaceId: "w",
  workspace: "Handbook",
  text: "Restore it!\nStop the workers first.",
  title: "Backups",
  sourceId: "s",
  pageId: "p",
  metadata: { heading: "Backups › Restore it!" },
};

describe("foundPassage", () => {
  it("names the section of a page once and leads to it", () => {
    expect(foundPassage(item)).toEqual({
      title: "Backups › Restore it!",
      text: "Stop the workers first.",
      address: "/app/pages/s#restore-it",
    });
  });

  it("leads to the top of a page for what stands under its title", () => {
    const intro = { ...item, text: "Backups\nEvery night.", metadata: { heading: "Backups" } };
    expect(foundPassage(intro)).toEqual({ title: "Backups", text: "Every night.", address: "/app/pages/s" });
  });

  it("puts the page before headings that do not begin with it", () => {
    const found = foundPassage({ ...item, metadata: { heading: "Restore it!" } });
    expect(found.title).toBe("Backups › Restore it!");
  });

  it("leads to a block within its page", () => {
    const block = { ...item, type: "blocks", text: "Stop.", metadata: { type: "paragraph" } } as const;
    expect(foundPassage(block)).toEqual({ title: "Backups", text: "Stop.", address: "/app/pages/p#s" });
  });

  it("takes the heading of a document from its text, and keeps a text that does not repeat it", () => {
    const document = { ...item, type: "documents", title: "Backups › Restore it!", metadata: {} } as const;
    expect(foundPassage(document)).toMatchObject({
      text: "Stop the workers first.",
      address: "/app/documents/s",
    });
    expect(foundPassage({ ...document, title: "Else" }).text).toBe(item.text);
  });

  it("has no title where nothing is named", () => {
    expect(foundPassage({ ...item, title: "", metadata: {} })).toEqual({
      title: "",
      text: item.text,
      address: "/app/pages/s",
    });
  });
});
