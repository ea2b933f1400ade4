import type { ReactNode } from "react";
import type { Citation } from "../../services/rag/answering/answer-events.ts";
import { CONTENT_ID } from "../place-ids.ts";
import { TYPE_NAMES } from "../type-names.ts";

interface SourceLinkProps {
  source: Citation;
  /** The page that the conversation is about. */
  pageId: string;
  className: string;
  /** Before the title, for who does not see the number. */
  label?: string;
  children: ReactNode;
}

/** What a source is called. */
export function titleOf({ title, type }: Citation): string {
  return title || `Untitled ${TYPE_NAMES[type].one.toLowerCase()}`;
}

/**
 * A plain link: a fragment of this page is then marked by `:target`, and the conversation stays. What is elsewhere opens
 * in another tab, for the same reason.
 */
export function SourceLink({ source, pageId, className, label, children }: SourceLinkProps) {
  const path = source.address.split("#", 1)[0];
  const here = path === `/app/pages/${pageId}`;
  const name = `${label ?? ""}${titleOf(source)}${here ? "" : " (opens in a new tab)"}`;
  return (
    <a
      href={here && !source.address.includes("#") ? `#${CONTENT_ID}` : source.address}
      className={className}
      aria-label={name}
      title={titleOf(source)}
      {...(here ? {} : { target: "_blank", rel: "noopener" })}
    >
      {children}
    </a>
  );
}
