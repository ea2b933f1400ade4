import { Link } from "@remix-run/react";
import type { PageListItem } from "../../services/content/pages.server.ts";

interface PagesUnderProps {
  /** Of the page they stand under. */
  parentId: string;
  /** The first of them. */
  pages: readonly PageListItem[];
  /** How many there are in all. */
  count: number;
}

export function PagesUnder({ parentId, pages, count }: PagesUnderProps) {
  const under = new URLSearchParams({ under: parentId });
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
      {count > pages.length && (
        <p>
          <Link to={`/app/pages?${under}`}>All {count.toLocaleString("en")} pages under this</Link>
        </p>
      )}
      <p>
        <Link to={`/app/pages/new?${under}`}>New page under this</Link>
      </p>
    </section>
  );
}
