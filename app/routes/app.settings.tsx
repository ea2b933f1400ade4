import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Outlet, useLoaderData } from "@remix-run/react";
import { SettingsNav } from "../components/access/settings-nav.tsx";
import { requireMember } from "../services/access/access.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { role, workspace } = await requireMember(request);
  return { role, workspace };
}

export const meta: MetaFunction = () => [{ title: "Settings – Workspace search" }];

export default function Settings() {
  const { role, workspace } = useLoaderData<typeof loader>();
  return (
    <div className="settings">
      <header className="page-head">
        <h1>Settings</h1>
        <p className="quiet">{workspace.name}</p>
      </header>
      <SettingsNav role={role} />
      <Outlet />
    </div>
  );
}
