import { Link } from "@remix-run/react";
import type { PageSurroundings } from "../../services/rag/page-surroundings.server.ts";
import { Neighbourhood } from "./neighbourhood.tsx";

/** What a page links to, what links to it, and what is about the same; nothing where there is none of it. */
export function RelatedPages({ surroundings: { related, nodes } }: { surroundings: PageSurroundings }) {
  const { linksTo, linkedFrom, similar } = related;
  if (linksTo.total + linkedFrom.total + similar.length === 0) return null;
  return (
    <section className="beside related" aria-labelledby="the_related_pages">
      <h2 id="the_related_pages">Related pages</h2>
      <Neighbourhood nodes={nodes} />
      <PageList name="Links to" kind="link" {...linksTo} />
      <PageList name="Linked from" kind="link" {...linkedFrom} />
      <PageList name="Similar" kind="similar" pages={similar} total={similar.length} />
    </section>
  );
}

interface PageListProps {
  name: string;
  kind: "link" | "similar";
  pages: readonly { readonly id: string; readonly title: string }[];
  total: number;
}

function PageList({ name, kind, pages, total }: PageListProps) {
  if (pages.length === 0) return null;
  return (
    <>
      <h3 className={`related-${kind}`}>{name}</h3>
      <ul>
        {pages.map(({ id, title }) => (
          <li key={id}>
            <Link to={`/app/pages/${id}`}>{title || "Untitled page"}</Link>
          </li>
        ))}
        {total > pages.length && <li className="quiet">and {total - pages.length} more</li>}
      </ul>
    </>
  );
}
