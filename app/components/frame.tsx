import type { ReactNode } from "react";
import { Masthead } from "./masthead.tsx";
import { CONTENT_ID } from "./place-ids.ts";
import type { WhoIsIn } from "./who-is-in.ts";

interface FrameProps {
  /** Null where nobody has signed in, or the page failed before that was known. */
  who?: WhoIsIn | null;
  children: ReactNode;
}

/** What stands around every page. */
export function Frame({ who = null, children }: FrameProps) {
  return (
    <div className="sheet">
      <a className="skip" href={`#${CONTENT_ID}`}>
        Skip to the content
      </a>
      <Masthead who={who} />
      <main id={CONTENT_ID} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
