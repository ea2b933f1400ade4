import { useLocation } from "@remix-run/react";
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { isUuid } from "../../services/embeddings/uuid.ts";
import { LONGEST_QUESTION } from "../../services/rag/answering/answer-events.ts";
import type { AskedInAddress } from "../../services/rag/answering/answer-in-address.server.ts";
import { CHAT_ID } from "../place-ids.ts";
import { TurnView } from "./turn-view.tsx";
import { useConversation } from "./use-conversation.ts";

interface ChatProps {
  pageId: string;
  /** Of the page. */
  title: string;
  /** The question in the page's address with its answer: how it works without a script. */
  asked: AskedInAddress | null;
}

/**
 * Questions about a page, answered from its passages and those of its workspace. Without a script the form is a plain
 * one, which opens the page with the question in its address.
 */
export function Chat(props: ChatProps) {
  return <Conversation key={props.pageId} {...props} />;
}

function Conversation({ pageId, title, asked }: ChatProps) {
  const { turns, answering, ask, again, stop } = useConversation(pageId, asked);
  const block = useMarkedBlock();
  const [aboutBlock, setAboutBlock] = useState(true);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const { length } = turns;

  useEffect(() => {
    if (length > 0) list.current?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }, [length]);

  function submit(event: FormEvent) {
    event.preventDefault();
    const question = field.current?.value.trim() ?? "";
    if (question === "" || answering) return;
    ask(question, aboutBlock ? block : undefined);
    if (field.current !== null) field.current.value = "";
  }

  function keyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key === "Escape" && answering) stop();
    // Enter that ends a word of an input method is not meant for us.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.currentTarget.form?.requestSubmit();
  }

  return (
    <section className="chat" id={CHAT_ID} aria-labelledby="the_chat_title">
      <h2 id="the_chat_title">Ask about this page</h2>
      {turns.length === 0 && (
        <p className="chat-hint">
          Answers come from {title === "" ? "this page" : <q>{title}</q>} and the rest of the workspace, with
          their sources.
        </p>
      )}
      <ol className="chat-turns" ref={list}>
        {turns.map((turn) => (
          <TurnView
            key={turn.id}
            turn={turn}
            pageId={pageId}
            again={turn.id === turns.at(-1)?.id ? again : null}
          />
        ))}
      </ol>
      <form action={`/app/pages/${pageId}#${CHAT_ID}`} className="chat-form" onSubmit={submit}>
        <label htmlFor="the_question" className="visually-hidden">
          Your question
        </label>
        <textarea
          id="the_question"
          name="question"
          ref={field}
          rows={2}
          maxLength={LONGEST_QUESTION}
          placeholder={turns.length === 0 ? "What would you like to know?" : "Ask something else"}
          defaultValue={asked?.answer === null ? asked.question : ""}
          enterKeyHint="send"
          required
          onKeyDown={keyDown}
        />
        <div className="chat-actions">
          {block !== undefined && (
            <label className="chip">
              <input
                type="checkbox"
                checked={aboutBlock}
                onChange={(event) => setAboutBlock(event.currentTarget.checked)}
              />
              About the marked passage
            </label>
          )}
          {answering ? (
            <button type="button" className="button button-quiet" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="submit" className="button">
              Ask
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

/** The block of the page that its address points to; a fragment may also be a heading, or of a block that is gone. */
function useMarkedBlock(): string | undefined {
  const { hash } = useLocation();
  const [marked, setMarked] = useState<string>();
  useEffect(() => {
    const id = hash.slice(1);
    setMarked(isUuid(id) && document.getElementById(id) !== null ? id : undefined);
  }, [hash]);
  return marked;
}
