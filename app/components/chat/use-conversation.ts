import { useCallback, useEffect, useRef, useState } from "react";
import type { AskedInAddress } from "../../services/rag/answering/answer-in-address.server.ts";
import { withEvent } from "../../services/rag/answering/whole-answer.ts";
import { historyOf, newTurn, type Turn, turnsOf, withProblem } from "./conversation.ts";
import { NotAnsweredError, readEvents } from "./read-events.ts";

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly answering: boolean;
  ask(question: string, blockId?: string): void;
  /** Asks the last question again. */
  again(): void;
  stop(): void;
}

/** The conversation about a page, kept as long as the page is shown. */
export function useConversation(pageId: string, asked: AskedInAddress | null): Conversation {
  const [turns, setTurns] = useState(() => turnsOf(asked));
  const request = useRef<AbortController | null>(null);
  const answering = turns.at(-1)?.state === "answering";

  useEffect(() => () => request.current?.abort(), []);

  const change = useCallback((id: number, to: (turn: Turn) => Turn) => {
    setTurns((all) => all.map((turn) => (turn.id === id ? to(turn) : turn)));
  }, []);

  async function answer(turn: Turn, before: readonly Turn[]): Promise<void> {
    const stopped = new AbortController();
    request.current = stopped;
    setTurns([...before, turn]);
    try {
      const response = await fetch("/api/chat", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream" },
        body: JSON.stringify({
          question: turn.question,
          page: pageId,
          block: turn.blockId,
          history: historyOf(before),
        }),
        signal: stopped.signal,
      });
      let ended = false;
      for await (const told of readEvents(response)) {
        ended ||= told.event === "done" || told.event === "problem";
        change(turn.id, (last) => ({ ...last, answer: withEvent(last.answer, told) }));
      }
      change(turn.id, (last) => {
        const whole = ended ? last : withProblem(last, "interrupted", "The answer broke off. Try again.");
        return { ...whole, state: "ended" };
      });
    } catch (error) {
      if (stopped.signal.aborted) return change(turn.id, (last) => ({ ...last, state: "stopped" }));
      change(turn.id, (last) => {
        if (!(error instanceof NotAnsweredError)) {
          const message = "The connection to the server was lost. Try again.";
          return { ...withProblem(last, "interrupted", message), state: "ended" };
        }
        const state = error.signedOut ? "signed-out" : "ended";
        return { ...withProblem(last, "failed", error.message), state };
      });
    }
  }

  return {
    turns,
    answering,
    ask: (question, blockId) => void answer(newTurn(turns, question, blockId), turns),
    again() {
      const last = turns.at(-1);
      const before = turns.slice(0, -1);
      if (last !== undefined) void answer(newTurn(before, last.question, last.blockId), before);
    },
    stop: () => request.current?.abort(),
  };
}
