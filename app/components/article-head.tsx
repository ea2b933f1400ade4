import { Link } from "@remix-run/react";
import type { ReactNode } from "react";
import type { IndexingState } from "../services/reading/read-page-view.server.ts";
import { Breadcrumb, type BreadcrumbStep } from "./breadcrumb.tsx";
import { IndexingNote } from "./indexing/indexing-note.tsx";
import { When } from "./when.tsx";

interface ArticleHeadProps {
  title: string;
  above: readonly BreadcrumbStep[];
  /** Where it is edited; null where it is not. */
  edit: string | null;
  /** More that can be done with it. */
  actions?: ReactNode;
  updatedAt: Date | null;
  /** Where it comes from, or nothing. */
  origin?: ReactNode;
  indexing: IndexingState;
}

/** What stands above a page, row or document. */
export function ArticleHead(head: ArticleHeadProps) {
  const { title, above, edit, actions, updatedAt, origin, indexing } = head;
  return (
    <>
      <Breadcrumb steps={above} />
      <header className="page-head">
        <h1>{title}</h1>
        <div className="page-actions">
          {actions}
          {edit !== null && (
            <Link to={edit} className="button button-quiet">
              Edit
            </Link>
          )}
        </div>
      </header>
      <p className="facts">
        {updatedAt !== null && (
          <span>
            Written <When at={updatedAt} />
          </span>
        )}
        {origin && <span>{origin}</span>}
        <IndexingNote state={indexing} />
      </p>
    </>
  );
}
