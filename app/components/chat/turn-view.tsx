import { AnswerSources } from "./answer-sources.tsx";
import { AnswerText, keyAt } from "./answer-text.tsx";
import type { Turn } from "./conversation.ts";
import { spokenSentences } from "./spoken-sentences.ts";

interface TurnViewProps {
  turn: Turn;
  pageId: string;
  /** Asks again; null where another question has been asked since. */
  again: (() => void) | null;
}

/** A question with its answer, as far as it has been told. */
export function TurnView({ turn, pageId, again }: TurnViewProps) {
  const { question, answer, state } = turn;
  const answering = state === "answering";
  return (
    <li className="chat-turn" aria-busy={answering}>
      <h3 className="chat-question">
        <span className="visually-hidden">You asked: </span>
        {question}
      </h3>
      <div className="chat-answer">
        <AnswerText text={answer.answer} sources={answer.sources} pageId={pageId} />
        {answering && <Progress turn={turn} />}
      </div>
      {state === "stopped" && <p className="chat-note">Stopped.</p>}
      {answer.kind !== null && <Author turn={turn} />}
      {answer.problem !== null && (
        <div className="chat-problem" role="alert">
          <p>{answer.problem.message}</p>
          {state === "signed-out" && <a href="/sign-in">Sign in</a>}
        </div>
      )}
      {again !== null && (answer.problem !== null || state === "stopped") && state !== "signed-out" && (
        <button type="button" className="button button-quiet script-only" onClick={again}>
          Ask again
        </button>
      )}
      {!answering && <AnswerSources answer={answer} question={question} pageId={pageId} />}
      <Spoken turn={turn} />
    </li>
  );
}

function Progress({ turn: { answer } }: { turn: Turn }) {
  if (answer.answer !== "") return <span className="chat-caret" aria-hidden="true" />;
  const { length } = answer.sources;
  const doing =
    length === 0 ? "Looking for passages" : `Reading ${length} ${length === 1 ? "passage" : "passages"}`;
  return <p className="chat-progress">{doing}…</p>;
}

function Author({ turn: { answer } }: { turn: Turn }) {
  if (answer.kind === "extractive") return null;
  return (
    <p className="chat-note">
      {answer.complete ? "" : "The answer was cut off at its longest length. "}
      Written by {answer.model} from the passages below. It can be wrong: open the sources for what matters.
    </p>
  );
}

/** Tells a screen reader whole sentences as they are finished, rather than each word. */
function Spoken({ turn: { answer, state } }: { turn: Turn }) {
  const ended = state !== "answering";
  const { length } = answer.cited;
  return (
    <div className="visually-hidden" aria-live="polite">
      {state === "answering" || answer.kind !== null
        ? spokenSentences(answer.answer, ended).map((sentence, place) => (
            <span key={keyAt("sentence", place)}>{sentence} </span>
          ))
        : null}
      {answer.kind !== null && (
        <span>
          Answered, with {length} {length === 1 ? "source" : "sources"}.
        </span>
      )}
    </div>
  );
}
