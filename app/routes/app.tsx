import type { LoaderFunctionArgs } from "@remix-run/node";
import { Outlet, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import { Frame } from "../components/frame.tsx";
import { Problem } from "../components/problem.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { listWorkspaces } from "../services/access/workspaces.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { userId, email, role, workspace } = await requireMember(request);
  const workspaces = await listWorkspaces(userId);
  return { who: { email, role, workspace, workspaces }, now: new Date() };
}

export default function AppLayout() {
  const { who } = useLoaderData<typeof loader>();
  return (
    <Frame who={who}>
      <Outlet />
    </Frame>
  );
}

export function ErrorBoundary() {
  const known = useRouteLoaderData<typeof loader>("routes/app");
  return (
    <Frame who={known?.who ?? null}>
      <Problem />
    </Frame>
  );
}
