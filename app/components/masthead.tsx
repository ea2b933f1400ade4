import { Form, Link, useLocation } from "@remix-run/react";
import { Menu } from "./menu.tsx";
import type { WhoIsIn } from "./who-is-in.ts";

/** `holds` matches the addresses of what belongs to a place. */
const PLACES = [
  { to: "/app", name: "Search", holds: /^\/app$/ },
  { to: "/app/pages", name: "Pages", holds: /^\/app\/(pages|import)(\/|$)/ },
  { to: "/app/databases", name: "Databases", holds: /^\/app\/(databases|rows)(\/|$)/ },
  { to: "/app/documents", name: "Documents", holds: /^\/app\/documents(\/|$)/ },
] as const;

/** The head of every page: where one can go, in which workspace, as whom. */
export function Masthead({ who }: { who: WhoIsIn | null }) {
  return (
    <header className="masthead">
      <Link to="/app" className="wordmark">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M8 1a7 7 0 0 0 0 14z" />
          <circle cx="8" cy="8" r="6.5" />
        </svg>
        <span>Workspace search</span>
      </Link>
      {who !== null && (
        <>
          <Places />
          <div className="menus">
            <WorkspaceMenu who={who} />
            <AccountMenu who={who} />
          </div>
        </>
      )}
    </header>
  );
}

function Places() {
  const { pathname } = useLocation();
  return (
    <nav className="places" aria-label="Places">
      {PLACES.map(({ to, name, holds }) => (
        <Link key={to} to={to} aria-current={holds.test(pathname) ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function WorkspaceMenu({ who: { operator, workspace, workspaces } }: { who: WhoIsIn }) {
  const others = workspaces.filter(({ id }) => id !== workspace.id);
  return (
    <Menu name="Workspace" label={<span className="menu-name">{workspace.name}</span>}>
      {others.length > 0 && (
        <Form method="post" action="/app/workspace">
          <p className="menu-heading">Go to</p>
          {others.map(({ id, name }) => (
            <button key={id} type="submit" name="workspace" value={id}>
              {name}
            </button>
          ))}
        </Form>
      )}
      <Link to="/app/import">Import files</Link>
      <Link to="/app/settings">Settings</Link>
      {operator && <Link to="/app/performance-dashboard">Performance</Link>}
    </Menu>
  );
}

function AccountMenu({ who: { email, role } }: { who: WhoIsIn }) {
  return (
    <Menu name="Account" label={<span className="initial">{email.slice(0, 1).toUpperCase()}</span>}>
      <p className="menu-heading">
        {email}
        <br />
        {role === "admin" ? "Admin" : "Member"} of this workspace
      </p>
      <Form method="post" action="/sign-out">
        <button type="submit">Sign out</button>
      </Form>
    </Menu>
  );
}
