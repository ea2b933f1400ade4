import { Link } from "@remix-run/react";
import type { PageInLevel } from "../../services/content/page-lists.server.ts";
import { When } from "../when.tsx";

interface PageLevelProps {
  pages: readonly PageInLevel[];
  /** Of the page they stand under; null: they are at the top. */
  parentId: string | null;
  /** Number of the page of this list. */
  page: number;
}

/** Pages that stand under the same one, each with the way to those under it. */
export function PageLevel({ pages, parentId, page }: PageLevelProps) {
  if (pages.length === 0 && page > 1) {
    const first = parentId === null ? "/app/pages" : addressUnder(parentId);
    return (
      <p className="quiet">
        There are no pages on page {page} of this list. <Link to={first}>To the first page</Link>
      </p>
    );
  }
  if (pages.length === 0) return <p className="quiet">No page stands under this one.</p>;
  return (
    <ul className="list">
      {pages.map(({ id, title, pagesUnder, updatedAt }) => (
        <li key={id} className="list-line">
          <span>
            <Link to={`/app/pages/${id}`}>{title || "Untitled page"}</Link>
            {pagesUnder > 0 && (
              <Link to={addressUnder(id)} className="list-further">
                {pagesUnder === 1 ? "1 page" : `${pagesUnder.toLocaleString("en")} pages`}
                <span className="visually-hidden"> under {title || "Untitled page"}</span>
              </Link>
            )}
          </span>
          <span className="quiet">
            <When at={updatedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function addressUnder(id: string): string {
  return `/app/pages?${new URLSearchParams({ under: id })}`;
}
