import { Link } from "@remix-run/react";
import type { PageListItem } from "../../services/content/pages.server.ts";

interface PagesUnderProps {
  /** Of the page they stand under. */
  parentId: string;
  pages: readonly PageListItem[];
}

export function PagesUnder({ parentId, pages }: PagesUnderProps) {
  return (
    <section className="beside">
      <h2>Pages under this</h2>
      {pages.length > 0 && (
        <ul>
          {pages.map(({ id, title }) => (
            <li key={id}>
              <Link to={`/app/pages/${id}`}>{title || "Untitled page"}</Link>
            </li>
          ))}
        </ul>
      )}
      <p>
        <Link to={`/app/pages/new?${new URLSearchParams({ under: parentId })}`}>New page under this</Link>
      </p>
    </section>
  );
}
