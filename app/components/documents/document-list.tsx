import { Link } from "@remix-run/react";
import type { DocumentListItem } from "../../services/content/documents.server.ts";
import { When } from "../when.tsx";

interface DocumentListProps {
  documents: readonly DocumentListItem[];
  /** Number of the page of the list. */
  page: number;
}

export function DocumentList({ documents, page }: DocumentListProps) {
  if (documents.length === 0 && page > 1) {
    return (
      <p className="quiet">
        There are no documents on page {page}. <Link to="/app/documents">To the first page</Link>
      </p>
    );
  }
  if (documents.length === 0) {
    return (
      <section className="notice">
        <h2>No documents yet</h2>
        <p>
          A document is one text with its source: a letter, an article, notes of a call.{" "}
          <Link to="/app/documents/new">Write or paste the first one</Link>. What is to be edited together,
          with headings and links, is better as a <Link to="/app/pages/new">page</Link>.
        </p>
      </section>
    );
  }
  return (
    <ul className="list">
      {documents.map(({ id, title, sourceUri, updatedAt }) => (
        <li key={id} className="list-line">
          <span>
            <Link to={`/app/documents/${id}`}>{title || "Untitled document"}</Link>
            {sourceUri !== null && <span className="list-note">{sourceUri}</span>}
          </span>
          <span className="quiet">
            <When at={updatedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
