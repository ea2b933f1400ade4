import type { ReactNode } from "react";
import { Masthead } from "./masthead.tsx";
import type { WhoIsIn } from "./who-is-in.ts";

interface FrameProps {
  /** Null where nobody has signed in, or the page failed before that was known. */
  who?: WhoIsIn | null;
  children: ReactNode;
}

/** What stands around every page. The content's id has a sign that no heading's id has. */
export function Frame({ who = null, children }: FrameProps) {
  return (
    <div className="sheet">
      <a className="skip" href="#the_content">
        Skip to the content
      </a>
      <Masthead who={who} />
      <main id="the_content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
