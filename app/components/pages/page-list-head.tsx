import { Link } from "@remix-run/react";
import type { PageListItem } from "../../services/content/pages.server.ts";
import { Breadcrumb } from "../breadcrumb.tsx";

/** What stands above a list of pages. @param way from the top down to the page they stand under; empty: none */
export function PageListHead({ way }: { way: readonly PageListItem[] }) {
  const parent = way.at(-1);
  if (parent === undefined) {
    return (
      <header className="page-head">
        <h1>Pages</h1>
        <div className="page-actions">
          <Link to="/app/import" className="button button-quiet">
            Import
          </Link>
          <Link to="/app/pages/new" className="button">
            New page
          </Link>
        </div>
      </header>
    );
  }
  const above = way.slice(0, -1).map(({ id, title }) => ({
    to: `/app/pages?${new URLSearchParams({ under: id })}`,
    name: title || "Untitled page",
  }));
  return (
    <>
      <Breadcrumb steps={[{ to: "/app/pages", name: "Pages" }, ...above]} />
      <header className="page-head">
        <h1>Pages under {parent.title || "Untitled page"}</h1>
        <div className="page-actions">
          <Link to={`/app/pages/${parent.id}`} className="button button-quiet">
            Read it
          </Link>
          <Link to={`/app/pages/new?${new URLSearchParams({ under: parent.id })}`} className="button">
            New page
          </Link>
        </div>
      </header>
    </>
  );
}
