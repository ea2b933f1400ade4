import { type DocumentView, readDocument } from "../content/documents.server.ts";
import { withoutTitle } from "../rag/found-passage.ts";
import { indexingState } from "../rag/rag-indexing.server.ts";
import type { IndexingState } from "./read-page-view.server.ts";

/** A document as its reader sees it. */
export interface DocumentToRead extends DocumentView {
  /** Its source where that is an address on the web. */
  readonly sourceAddress: string | null;
  readonly indexing: IndexingState;
}

/** A document, its text without a repetition of the title; null where the workspace has none. @param id a uuid */
export async function readDocumentView(workspaceId: string, id: string): Promise<DocumentToRead | null> {
  const document = await readDocument(workspaceId, id);
  if (document === null) return null;
  const { title, content, sourceUri, pageId } = document;
  // A section is indexed with its page.
  const indexing =
    pageId === null
      ? await indexingState(workspaceId, "documents", id)
      : await indexingState(workspaceId, "pages", pageId);
  const sourceAddress = sourceUri !== null && /^https?:\/\//i.test(sourceUri) ? sourceUri : null;
  return { ...document, content: withoutTitle(content, title), sourceAddress, indexing };
}
