import type { Source, SourceSection } from "../services/rag/read-source.server.ts";
import { withoutTitle } from "./found-passage.ts";
import { headingAnchor } from "./heading-anchor.ts";
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
      {source.sections.length + source.properties.length === 0 && (
        <p className="quiet">There is no text here.</p>
      )}
      {sectionsToShow(source).map((section) => (
        <Section key={section.id} {...section} />
      ))}
    </article>
  );
}

/** Without a repetition of the title, and with headings under the names by which hits link to them. */
function sectionsToShow({ title, sections }: Source): SourceSection[] {
  const taken = new Set<string>();
  return sections
    .filter(({ kind, text }, position) => position > 0 || kind !== "heading" || text !== title)
    .map((section, position) => {
      if (section.kind !== "heading") {
        return position === 0 ? { ...section, text: withoutTitle(section.text, title) } : section;
      }
      const anchor = headingAnchor(section.text);
      const id = anchor === "" || taken.has(anchor) ? section.id : anchor;
      taken.add(anchor);
      return { ...section, id };
    });
}

function Section({ id, kind, text }: SourceSection) {
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
