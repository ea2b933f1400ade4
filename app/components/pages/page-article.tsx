import type { PageToRead } from "../../services/reading/read-page-view.server.ts";
import { ArticleHead } from "../article-head.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { CHAT_ID } from "../place-ids.ts";

/** A page: where it stands, what it says, when it was written. */
export function PageArticle({ page }: { page: PageToRead }) {
  const { id, title, text, origin, updatedAt, indexing, above } = page;
  const parents = above.map((parent) => ({
    to: `/app/pages/${parent.id}`,
    name: parent.title || "Untitled page",
  }));
  return (
    <article className="source">
      <ArticleHead
        title={title || "Untitled page"}
        above={[{ to: "/app/pages", name: "Pages" }, ...parents]}
        edit={updatedAt === null ? null : `/app/pages/${id}/edit`}
        actions={
          <a href={`#${CHAT_ID}`} className="button button-quiet">
            Ask
          </a>
        }
        updatedAt={updatedAt}
        origin={origin}
        indexing={indexing}
      />
      {text.length === 0 ? (
        <p className="quiet">There is no text here.</p>
      ) : (
        <div className="prose">
          <Markdown nodes={text} />
        </div>
      )}
    </article>
  );
}
