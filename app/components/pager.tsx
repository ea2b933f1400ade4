import { Link, useSearchParams } from "@remix-run/react";

interface PagerProps {
  /** Number of the page that is shown, from 1. */
  page: number;
  /** Null where it is not known how many there are. */
  pages: number | null;
  hasNext: boolean;
}

/**
 * Leads to the pages before and after in a long list; nothing where there is one page. What else the address says of
 * the list stays.
 */
export function Pager({ page, pages, hasNext }: PagerProps) {
  const [searchParams] = useSearchParams();
  if (page === 1 && !hasNext) return null;
  const addressOf = (other: number) => {
    const address = new URLSearchParams(searchParams);
    if (other === 1) address.delete("page");
    else address.set("page", String(other));
    return `?${address}`;
  };
  return (
    <nav className="pager" aria-label="Pages of this list">
      {page > 1 && (
        <Link to={addressOf(page - 1)} rel="prev" className="button button-quiet">
          Previous
        </Link>
      )}
      <span className="quiet">{pages === null ? `Page ${page}` : `Page ${page} of ${pages}`}</span>
      {hasNext && (
        <Link to={addressOf(page + 1)} rel="next" className="button button-quiet">
          Next
        </Link>
      )}
    </nav>
  );
}
