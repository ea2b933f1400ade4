import { NavLink } from "@remix-run/react";
import type { Role } from "../../services/access/access.server.ts";

const SECTIONS = [
  { to: "members", name: "Members", adminsOnly: false },
  { to: "keys", name: "API keys", adminsOnly: true },
  { to: "indexing", name: "Indexing", adminsOnly: false },
  { to: "workspaces", name: "Workspaces", adminsOnly: false },
  { to: "account", name: "Your account", adminsOnly: false },
] as const;

export function SettingsNav({ role }: { role: Role }) {
  const sections = SECTIONS.filter(({ adminsOnly }) => !adminsOnly || role === "admin");
  return (
    <nav className="sections" aria-label="Settings">
      {sections.map(({ to, name }) => (
        <NavLink key={to} to={`/app/settings/${to}`}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}
