import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { NoPages } from "../components/pages/no-pages.tsx";
import { PageTree } from "../components/pages/page-tree.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { listPages } from "../services/content/pages.server.ts";
import { pageOutline } from "../services/reading/page-outline.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  return { pages: await listPages(workspace.id) };
}

export const meta: MetaFunction = () => [{ title: "Pages – Workspace search" }];

export default function Pages() {
  const { pages } = useLoaderData<typeof loader>();
  return (
    <>
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
      {pages.length === 0 ? <NoPages /> : <PageTree nodes={pageOutline(pages)} count={pages.length} />}
    </>
  );
}
