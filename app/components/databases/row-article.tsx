import type { RowToRead } from "../../services/reading/read-row-view.server.ts";
import { ArticleHead } from "../article-head.tsx";
import { Markdown } from "../markdown/markdown.tsx";

/** A row of a database: its properties by name. */
export function RowArticle({ row }: { row: RowToRead }) {
  const { id, title, database, properties, text, updatedAt, indexing } = row;
  const own =
    database === null
      ? []
      : [{ to: `/app/databases/${database.id}`, name: database.name || "Untitled database" }];
  return (
    <article className="source">
      <ArticleHead
        title={title}
        above={[{ to: "/app/databases", name: "Databases" }, ...own]}
        edit={database === null ? null : `/app/rows/${id}/edit`}
        updatedAt={updatedAt}
        indexing={indexing}
      />
      {properties.length > 0 && (
        <dl className="properties">
          {properties.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value || "–"}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className="prose">
        <Markdown nodes={text} />
      </div>
    </article>
  );
}
