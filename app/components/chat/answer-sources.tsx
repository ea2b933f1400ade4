import type { Citation } from "../../services/rag/answering/answer-events.ts";
import type { WholeAnswer } from "../../services/rag/answering/whole-answer.ts";
import { excerpt } from "../../services/rag/excerpt.ts";
import { TYPE_NAMES } from "../type-names.ts";
import { SourceLink, titleOf } from "./source-link.tsx";

interface AnswerSourcesProps {
  answer: WholeAnswer;
  question: string;
  pageId: string;
}

/** Most characters of a passage that are shown. */
const EXCERPT_CHARACTERS = 180;

/** The passages that an answer points to, and folded away those that were read as well. */
export function AnswerSources({ answer, question, pageId }: AnswerSourcesProps) {
  const cited = answer.sources.filter(({ n }) => answer.cited.includes(n));
  const others = answer.sources.filter(({ n }) => !answer.cited.includes(n));
  if (answer.sources.length === 0) return null;
  return (
    <div className="chat-sources">
      {cited.length > 0 && (
        <>
          <h4>Sources</h4>
          <SourceList sources={cited} question={question} pageId={pageId} />
        </>
      )}
      {others.length > 0 && (
        <details>
          <summary>
            {cited.length > 0 ? "Also read" : "Read"}: {others.length}{" "}
            {others.length === 1 ? "passage" : "passages"}
          </summary>
          <SourceList sources={others} question={question} pageId={pageId} />
        </details>
      )}
    </div>
  );
}

function SourceList({
  sources,
  question,
  pageId,
}: {
  sources: readonly Citation[];
  question: string;
  pageId: string;
}) {
  return (
    <ul>
      {sources.map((source) => (
        <li key={source.n}>
          <span className="chat-number" aria-hidden="true">
            {source.n}
          </span>
          <div>
            <p className="chat-source-title">
              <SourceLink source={source} pageId={pageId} className="" label={`Source ${source.n}: `}>
                {titleOf(source)}
              </SourceLink>{" "}
              <span className={`kind kind-${source.type}`}>{TYPE_NAMES[source.type].one}</span>
            </p>
            <p className="excerpt">
              {excerpt(source.text, question, EXCERPT_CHARACTERS).map((part, place) => {
                const key = `${place}:${part.match}`;
                return part.match ? <mark key={key}>{part.text}</mark> : <span key={key}>{part.text}</span>;
              })}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
