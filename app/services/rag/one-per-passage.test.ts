import { describe, expect, it } from "vitest";
import { onePerPassage, type PassageHit } from "./one-per-passage.ts";

const STOP = "Stop the workers first, or they write into a database that is about to be replaced.";
const FETCH = "Fetch the newest copy and restore it beside the damaged database.";
const CHUNK = `Restore a database\n${STOP}\n${FETCH}`;

type Change = Partial<PassageHit> & { similarity: number };

const page = (change: Change): PassageHit => ({
  type: "pages",
  sourceId: "page",
  pageId: "page",
  text: CHUNK,
  title: null,
  metadata: { heading: "Backups › Restore a database" },
  ...change,
});
const block = (change: Change): PassageHit =>
  page({ type: "blocks", sourceId: "block", text: STOP, metadata: {}, ...change });
const section = (change: Change): PassageHit =>
  page({
    type: "documents",
    sourceId: "section",
    pageId: null,
    title: "Backups › Restore a database",
    metadata: { pageId: "page" },
    ...change,
  });

const left = (...hits: PassageHit[]) => onePerPassage(hits).map(({ sourceId }) => sourceId);

describe("onePerPassage", () => {
  it("lets the most precise hit stand for a passage, with its own similarity", () => {
    const hits = [page({ similarity: 0.5 }), section({ similarity: 0.5 }), block({ similarity: 0.47 })];
    expect(onePerPassage(hits)).toEqual([hits[2]]);
    expect(onePerPassage(hits.toReversed())).toEqual([hits[2]]);
  });

  it("lets the best one stand where the more precise one is much less similar", () => {
    expect(left(page({ similarity: 0.5 }), block({ similarity: 0.4 }))).toEqual(["page"]);
  });

  it("takes the page before the document of the same text", () => {
    expect(left(section({ similarity: 0.5 }), page({ similarity: 0.499 }))).toEqual(["page"]);
  });

  it("takes the chunk of a page before the long section it is in, and a short section before the chunk", () => {
    const long = section({ similarity: 0.52, text: `${CHUNK}\nCompare the counts.` });
    expect(left(long, page({ similarity: 0.5 }))).toEqual(["page"]);
    expect(left(section({ similarity: 0.5, text: STOP }), page({ similarity: 0.52 }))).toEqual(["section"]);
  });

  it("knows a later chunk of a section, which has the heading before it again", () => {
    const later = page({ similarity: 0.5, text: `Restore a database\n${FETCH}` });
    expect(left(section({ similarity: 0.51 }), later)).toEqual(["page"]);
  });

  it("keeps one of two blocks within the best passage, the more similar one", () => {
    const second = block({ similarity: 0.48, sourceId: "second", text: FETCH });
    expect(left(page({ similarity: 0.5 }), block({ similarity: 0.47 }), second)).toEqual(["second"]);
  });

  it("keeps what stands elsewhere: on another page, in other words, in a row, in a document of its own", () => {
    const others = [
      page({ similarity: 0.5 }),
      block({ similarity: 0.49, pageId: "other" }),
      block({ similarity: 0.48, sourceId: "far", text: "A copy that was never restored is a hope." }),
      page({ similarity: 0.47, type: "rows", sourceId: "row", pageId: null }),
      section({ similarity: 0.46, sourceId: "apart", metadata: {} }),
    ];
    expect(left(...others.toReversed())).toEqual(["page", "block", "far", "row", "apart"]);
  });

  it("does not mind how lines are broken, and takes an empty text for no passage", () => {
    expect(
      left(page({ similarity: 0.5, text: "a  b\n c" }), block({ similarity: 0.5, text: "b c" })),
    ).toEqual(["block"]);
    expect(left(page({ similarity: 0.5 }), block({ similarity: 0.5, text: " " }))).toEqual(["page", "block"]);
  });

  it("orders equal ones by type and id, whatever their order was", () => {
    const equal = [
      page({ similarity: 0.5, text: "one", sourceId: "b", pageId: "b" }),
      page({ similarity: 0.5, text: "one", sourceId: "a", pageId: "a" }),
      block({ similarity: 0.5, text: "two", sourceId: "c", pageId: "c" }),
    ];
    expect(left(...equal)).toEqual(["a", "b", "c"]);
    expect(left(...equal.toReversed())).toEqual(["a", "b", "c"]);
  });
});
