import type { Source } from "../services/rag/read-source.server.ts";
import { TYPE_NAMES } from "./type-names.ts";

/** A page, row or document as text. */
export function SourceView({ source }: { source: Source }) {
  return (
    <article className="source">
      <p className="result-facts">
        <span className={`kind kind-${source.type}`}>{TYPE_NAMES[source.type].one}</span>
        {source.workspace !== null && <span className="workspace">{source.workspace}</span>}
      </p>
      <h1>{source.title || `Untitled ${TYPE_NAMES[source.type].one.toLowerCase()}`}</h1>
      {source.origin !== null && <p className="origin">{source.origin}</p>}
      {source.properties.length > 0 && (
        <dl className="properties">
          {source.properties.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value || "–"}</dd>
            </div>
          ))}
        </dl>
      )}
      {source.sections.map((section) => (
        <Section key={section.id} id={section.id} kind={section.kind} text={section.text} />
      ))}
    </article>
  );
}

function Section({ id, kind, text }: { id: string; kind: string; text: string }) {
  if (kind === "heading") return <h2 id={id}>{text}</h2>;
  if (kind === "quote") return <blockquote id={id}>{text}</blockquote>;
  if (kind === "code" || kind === "table") {
    return (
      <pre id={id}>
        <code>{text}</code>
      </pre>
    );
  }
  return (
    <p id={id} className={kind === "list_item" ? "item" : undefined}>
      {text}
    </p>
  );
}
