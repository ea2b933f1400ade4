import { Outlet } from "@remix-run/react";
import { Frame } from "../components/frame.tsx";
import { Problem } from "../components/problem.tsx";

export default function AppLayout() {
  return (
    <Frame>
      <Outlet />
    </Frame>
  );
}

export function ErrorBoundary() {
  return (
    <Frame>
      <Problem />
    </Frame>
  );
}
