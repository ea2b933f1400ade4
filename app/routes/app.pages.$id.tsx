import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Chat } from "../components/chat/chat.tsx";
import { RelatedPages } from "../components/graph/related-pages.tsx";
import { PageArticle } from "../components/pages/page-article.tsx";
import { PagesUnder } from "../components/pages/pages-under.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { found, idInAddress } from "../services/forms/form-fields.ts";
import { answerInAddress } from "../services/rag/answering/answer-in-address.server.ts";
import { readPageSurroundings } from "../services/rag/page-surroundings.server.ts";
import { readPageView } from "../services/reading/read-page-view.server.ts";

/** `question` is answered below the page: how the chat works without JavaScript. */
export async function loader({ request, params }: LoaderFunctionArgs) {
  const { userId, workspace } = await requireMember(request);
  const id = idInAddress(params.id);
  const [page, surroundings, asked] = await Promise.all([
    readPageView(workspace.id, id),
    readPageSurroundings(workspace.id, id),
    answerInAddress(request, workspace.id, id, `user:${userId}`),
  ]);
  return { page: found(page), surroundings, asked };
}

export const meta: MetaFunction<typeof loader> = ({ data: loaded }) => [
  { title: `${loaded?.page.title || "Untitled"} – Workspace search` },
];

export default function PageToReadRoute() {
  const { page, surroundings, asked } = useLoaderData<typeof loader>();
  return (
    <div className="wide with-beside">
      <div>
        <PageArticle page={page} />
        <Chat pageId={page.id} title={page.title} asked={asked} />
      </div>
      <aside>
        {page.updatedAt !== null && (
          <PagesUnder parentId={page.id} pages={page.under} count={page.countUnder} />
        )}
        <RelatedPages surroundings={surroundings} />
      </aside>
    </div>
  );
}
