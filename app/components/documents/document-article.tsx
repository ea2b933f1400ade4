import type { DocumentToRead } from "../../services/reading/read-document-view.server.ts";
import { ArticleHead } from "../article-head.tsx";

/** A document: its text as it was written, and where it comes from. The section of a page is edited there. */
export function DocumentArticle({ document }: { document: DocumentToRead }) {
  const { id, title, content, pageId, updatedAt, indexing } = document;
  const ofPage = [
    { to: "/app/pages", name: "Pages" },
    { to: `/app/pages/${pageId}`, name: "The page it is a section of" },
  ];
  return (
    <article className="source">
      <ArticleHead
        title={title || "Untitled document"}
        above={pageId === null ? [{ to: "/app/documents", name: "Documents" }] : ofPage}
        edit={pageId === null ? `/app/documents/${id}/edit` : null}
        updatedAt={updatedAt}
        origin={<Source document={document} />}
        indexing={indexing}
      />
      {content.trim() === "" ? (
        <p className="quiet">There is no text here.</p>
      ) : (
        <div className="prose">
          <p id={id}>{content}</p>
        </div>
      )}
    </article>
  );
}

function Source({ document: { sourceUri, sourceAddress } }: { document: DocumentToRead }) {
  if (sourceAddress === null) return sourceUri;
  return (
    <a href={sourceAddress} rel="noreferrer">
      {sourceUri}
    </a>
  );
}
