import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Pager } from "../components/pager.tsx";
import { PageLevel } from "../components/pages/page-level.tsx";
import { PageListHead } from "../components/pages/page-list-head.tsx";
import { PageTree } from "../components/pages/page-tree.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { found, idInAddress } from "../services/forms/form-fields.ts";
import { listPart } from "../services/forms/list-part.ts";
import { readPageList } from "../services/reading/read-page-list.server.ts";

/** `under`, the id of a page, asks for the pages under it; `page` for a further part of a long list. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireMember(request);
  const { searchParams } = new URL(request.url);
  const under = searchParams.get("under");
  const { page, ...part } = listPart(searchParams);
  const id = under === null ? null : idInAddress(under);
  const list = found(await readPageList(workspace.id, id, part));
  return { list, page, pages: list.count === null ? null : Math.ceil(list.count / part.limit) };
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => {
  const parent = loaded?.list.way.at(-1);
  const name = parent === undefined ? "Pages" : `Pages under ${parent.title || "Untitled page"}`;
  return [{ title: `${name} – Workspace search` }];
};

export default function Pages() {
  const { list, page, pages } = useLoaderData<typeof loader>();
  return (
    <>
      <PageListHead way={list.way} />
      {"outline" in list ? (
        <PageTree nodes={list.outline} count={list.count} />
      ) : (
        <>
          <PageLevel pages={list.pages} parentId={list.way.at(-1)?.id ?? null} page={page} />
          <Pager page={page} pages={pages} hasNext={pages !== null && page < pages} />
        </>
      )}
    </>
  );
}
