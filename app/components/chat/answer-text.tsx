import type { Citation } from "../../services/rag/answering/answer-events.ts";
import { type AnswerBlock, type AnswerPiece, answerBlocks } from "./answer-blocks.ts";
import { SourceLink } from "./source-link.tsx";

/** What may be wider than the answer can be scrolled by the keyboard. */
const SCROLLABLE = { tabIndex: 0 };

interface AnswerTextProps {
  text: string;
  sources: readonly Citation[];
  pageId: string;
}

/** The text of an answer, finished or not; its parts stand in order, so their places serve as keys. */
export function AnswerText({ text, ...shown }: AnswerTextProps) {
  return answerBlocks(text).map((block, place) => (
    <Block key={keyAt(block.kind, place)} block={block} {...shown} />
  ));
}

function Block({ block, ...shown }: { block: AnswerBlock } & Omit<AnswerTextProps, "text">) {
  if (block.kind === "paragraph") {
    return (
      <p>
        <Pieces pieces={block.pieces} {...shown} />
      </p>
    );
  }
  if (block.kind === "code") {
    return (
      <pre {...SCROLLABLE}>
        <code>{block.text}</code>
      </pre>
    );
  }
  const List = block.ordered ? "ol" : "ul";
  return (
    <List>
      {block.items.map((pieces, place) => (
        <li key={keyAt("item", place)}>
          <Pieces pieces={pieces} {...shown} />
        </li>
      ))}
    </List>
  );
}

function Pieces({
  pieces,
  sources,
  pageId,
}: { pieces: readonly AnswerPiece[] } & Omit<AnswerTextProps, "text">) {
  return pieces.map((piece, place) => {
    const key = keyAt(piece.kind, place);
    if (piece.kind === "strong") return <strong key={key}>{piece.text}</strong>;
    if (piece.kind === "code") return <code key={key}>{piece.text}</code>;
    if (piece.kind !== "cite") {
      // A number stays on the line of what it is about.
      const text = pieces[place + 1]?.kind === "cite" ? piece.text.replace(/ $/, "\u00a0") : piece.text;
      return <span key={key}>{text}</span>;
    }
    const source = sources.find(({ n }) => n === piece.n);
    if (source === undefined) return null;
    return (
      <SourceLink
        key={key}
        source={source}
        pageId={pageId}
        className="chat-cite"
        label={`Source ${source.n}: `}
      >
        {source.n}
      </SourceLink>
    );
  });
}

/** What was told once stays where it is, so a place says which part it is. */
export function keyAt(kind: string, place: number): string {
  return `${place} ${kind}`;
}
