import { Link } from "@remix-run/react";
import type { Inline, InlineLink } from "../../services/reading/markdown-tree.ts";

/** Words with their markup. */
export function InlineText({ parts }: { parts: readonly Inline[] }) {
  return parts.map((part, place) => <Part key={keyOf(part, place)} part={part} />);
}

function Part({ part }: { part: Inline }) {
  if (typeof part === "string") return part;
  switch (part.type) {
    case "strong":
      return (
        <strong>
          <InlineText parts={part.children} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <InlineText parts={part.children} />
        </em>
      );
    case "delete":
      return (
        <del>
          <InlineText parts={part.children} />
        </del>
      );
    case "code":
      return <code>{part.value}</code>;
    case "note":
      return <sup>{part.label}</sup>;
    case "link":
      return <PageLink link={part} />;
  }
}

function PageLink({ link: { href, leads, children } }: { link: InlineLink }) {
  const text = <InlineText parts={children} />;
  if (leads === "elsewhere") {
    return (
      <a href={href} rel="noreferrer">
        {text}
      </a>
    );
  }
  // The browser marks the place by `:target`, which it would not after a move that the router makes.
  if (leads === "within-page") return <a href={href}>{text}</a>;
  if (leads === "missing") {
    return (
      <Link to={href} className="missing" title="No page has this title yet: write it">
        {text}
      </Link>
    );
  }
  return (
    <Link to={href} reloadDocument={href.includes("#")}>
      {text}
    </Link>
  );
}

function keyOf(part: Inline, place: number): string {
  return `${place}:${typeof part === "string" ? "text" : part.type}`;
}
