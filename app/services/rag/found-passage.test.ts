import { describe, expect, it } from "vitest";
import { foundPassage, type Passage } from "./found-passage.ts";

const item: Passage = {
  type: "pages",
  context: { heading: null },
  text: "Restore it!\nStop the workers first.",
  title: "Backups",
  sourceId: "p",
  pageId: "p",
  metadata: { heading: "Backups › Restore it!" },
};

describe("foundPassage", () => {
  it("names the section of a page once and leads to it", () => {
    expect(foundPassage(item)).toEqual({
      title: "Backups › Restore it!",
      text: "Stop the workers first.",
      address: "/app/pages/p#restore-it",
    });
  });

  it("leads to the top of a page for what stands under its title", () => {
    const intro = { ...item, text: "Backups\nEvery night.", metadata: { heading: "Backups" } };
    expect(foundPassage(intro)).toEqual({ title: "Backups", text: "Every night.", address: "/app/pages/p" });
  });

  it("puts the page before headings that do not begin with it", () => {
    const found = foundPassage({ ...item, metadata: { heading: "Restore it!" } });
    expect(found.title).toBe("Backups › Restore it!");
  });

  it("leads to a block within its page", () => {
    const block = {
      ...item,
      type: "blocks",
      sourceId: "b",
      text: "Stop.",
      metadata: { type: "paragraph" },
    } as const;
    expect(foundPassage(block)).toEqual({ title: "Backups", text: "Stop.", address: "/app/pages/p#b" });
  });

  it("names the heading above a block", () => {
    const context = { before: null, after: null, heading: "Restore it!" };
    expect(foundPassage({ ...item, type: "blocks", text: "Stop.", metadata: {}, context }).title).toBe(
      "Backups › Restore it!",
    );
  });

  it("opens a document that stands for a section of a page in that page", () => {
    const section = { ...item, type: "documents", pageId: null, metadata: { pageId: "p" } } as const;
    expect(foundPassage({ ...section, title: "Backups › Restore it!" }).address).toBe(
      "/app/pages/p#restore-it",
    );
    expect(foundPassage({ ...section, title: "Backups" }).address).toBe("/app/pages/p");
  });

  it("takes the heading of a document from its text, and keeps a text that does not repeat it", () => {
    const document = {
      ...item,
      type: "documents",
      title: "Backups › Restore it!",
      pageId: null,
      metadata: {},
    } as const;
    expect(foundPassage(document)).toMatchObject({
      text: "Stop the workers first.",
      address: "/app/documents/p",
    });
    expect(foundPassage({ ...document, title: "Else" }).text).toBe(item.text);
  });

  it("has no title where nothing is named", () => {
    expect(foundPassage({ ...item, title: "", metadata: {} })).toEqual({
      title: "",
      text: item.text,
      address: "/app/pages/p",
    });
  });
});
