import { Link } from "@remix-run/react";
import type { ReactNode } from "react";

/** What stands around every page. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <div className="sheet">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="masthead">
        <Link to="/app" className="wordmark">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 1a7 7 0 0 0 0 14z" />
            <circle cx="8" cy="8" r="6.5" />
          </svg>
          Workspace search
        </Link>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
