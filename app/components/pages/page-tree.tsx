import { Link } from "@remix-run/react";
import type { PageListItem } from "../../services/content/pages.server.ts";
import type { OutlineNode } from "../../services/reading/page-outline.ts";
import { When } from "../when.tsx";
import { NoPages } from "./no-pages.tsx";

/** With more pages than this, what stands under a page is folded away at first. */
const UNFOLDED_PAGES = 60;

interface PageTreeProps {
  nodes: readonly OutlineNode<PageListItem>[];
  /** How many pages there are in all. */
  count: number;
}

/** The pages of a workspace, each under its parent. */
export function PageTree({ nodes, count }: PageTreeProps) {
  if (nodes.length === 0) return <NoPages />;
  return (
    <ul className="page-tree">
      {nodes.map((node) => (
        <Branch key={node.page.id} node={node} open={count <= UNFOLDED_PAGES} />
      ))}
    </ul>
  );
}

function Branch({ node: { page, children }, open }: { node: OutlineNode<PageListItem>; open: boolean }) {
  const title = page.title || "Untitled page";
  return (
    <li>
      <div className="list-line">
        <Link to={`/app/pages/${page.id}`}>{title}</Link>
        <span className="quiet">
          <When at={page.updatedAt} />
        </span>
      </div>
      {children.length > 0 && (
        <details open={open}>
          <summary>
            {children.length === 1 ? "1 page" : `${children.length} pages`}
            <span className="visually-hidden"> under {title}</span>
          </summary>
          <ul>
            {children.map((child) => (
              <Branch key={child.page.id} node={child} open={open} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
