import type { LoaderFunctionArgs } from "@remix-run/node";
import { Outlet, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import { Frame } from "../components/frame.tsx";
import { Problem } from "../components/problem.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { isOperator } from "../services/access/operators.server.ts";
import { listWorkspaces } from "../services/access/workspaces.server.ts";
import { isDatabaseAway } from "../services/database-health.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  try {
    const { userId, email, role, workspace } = await requireMember(request);
    const workspaces = await listWorkspaces(userId);
    const operator = isOperator({ email, role });
    return { who: { email, role, operator, workspace, workspaces }, now: new Date() };
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    console.warn("app: a page could not be shown, the database does not answer");
    throw new Response("Nothing is lost. Open the page again in a moment.", { status: 503 });
  }
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
