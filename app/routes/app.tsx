import { NavLink, Outlet } from "@remix-run/react";
import { Problem } from "../components/problem.tsx";

export default function AppLayout() {
  return <Frame content={<Outlet />} />;
}

export function ErrorBoundary() {
  return <Frame content={<Problem />} />;
}

function Frame({ content }: { content: React.ReactNode }) {
  return (
    <div className="sheet">
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="masthead">
        <NavLink to="/app" end className="wordmark">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 1a7 7 0 0 0 0 14z" />
            <circle cx="8" cy="8" r="6.5" />
          </svg>
          Workspace search
        </NavLink>
      </header>
      <main id="content">{content}</main>
    </div>
  );
}
