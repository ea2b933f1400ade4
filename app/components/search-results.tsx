import { Link } from "@remix-run/react";
import { beginningOf, endOf } from "../services/rag/cut-text.ts";
import { excerpt } from "../services/rag/excerpt.ts";
import { foundPassage } from "../services/rag/found-passage.ts";
import type { EverythingAnswer, FoundItem } from "../services/rag/search-everything.server.ts";
import { SearchFooter } from "./search-footer.tsx";
import { TYPE_NAMES } from "./type-names.ts";

export function SearchResults({ answer }: { answer: EverythingAnswer }) {
  return (
    <>
      <ol className="results" aria-label={`Results for ${answer.query}`}>
        {answer.items.map((item) => (
          <Result key={`${item.type}:${item.key}`} item={item} query={answer.query} />
        ))}
      </ol>
      <SearchFooter answer={answer} />
    </>
  );
}

function Result({ item, query }: { item: FoundItem; query: string }) {
  const { title, text, address } = foundPassage(item);
  const share = Math.max(0, Math.min(1, item.similarity));
  return (
    <li className="result">
      <div className="result-facts">
        <span className={`kind kind-${item.type}`}>{TYPE_NAMES[item.type].one}</span>
        <span className="similarity" title={`Cosine similarity ${item.similarity.toFixed(4)}`}>
          <span className="bar" aria-hidden="true">
            <span style={{ inlineSize: `${(share * 100).toFixed(1)}%` }} />
          </span>
          <span className="visually-hidden">Similarity </span>
          {item.similarity.toFixed(2)}
        </span>
      </div>
      <h2>
        {/* A fragment is only marked, by `:target`, in a document that was loaded with it. */}
        <Link to={address} reloadDocument={address.includes("#")}>
          {title || `Untitled ${TYPE_NAMES[item.type].one.toLowerCase()}`}
        </Link>
      </h2>
      <p className="excerpt">
        {excerpt(text, query).map((part, position) => {
          const key = `${position}:${part.text}`;
          return part.match ? <mark key={key}>{part.text}</mark> : <span key={key}>{part.text}</span>;
        })}
      </p>
      <Surroundings item={item} text={text} />
    </li>
  );
}

/** Characters that are shown of what stands before and after. */
const SURROUNDING = 400;

/** The whole passage between what stands before and after it: to see on the spot whether it is worth opening. */
function Surroundings({ item: { context }, text }: { item: FoundItem; text: string }) {
  const { before, after } = context;
  if (before === null && after === null) return null;
  return (
    <details className="surroundings">
      <summary>In context</summary>
      <div>
        {before !== null && <p>{endOf(before, SURROUNDING)}</p>}
        <p className="passage">{text}</p>
        {after !== null && <p>{beginningOf(after, SURROUNDING)}</p>}
      </div>
    </details>
  );
}
