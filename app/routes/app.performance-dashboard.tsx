import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { type MetaFunction, useActionData, useLoaderData, useSearchParams } from "@remix-run/react";
import { hrefOf, readAddress } from "../components/performance/page-address.ts";
import { PerformancePage } from "../components/performance/performance-page.tsx";
import { useLiveMetrics } from "../components/performance/use-live-metrics.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { requireOperator } from "../services/access/operators.server.ts";
import { isAdminIntent } from "../services/monitoring/admin-intents.ts";
import { versionOf } from "../services/monitoring/live/metrics-version.server.ts";
import { performAdminIntent } from "../services/monitoring/perform-admin-intent.server.ts";
import { currentMetrics } from "../services/monitoring/vector-metrics.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  await requireOperator(request);
  const metrics = await currentMetrics();
  return { metrics, version: versionOf(metrics) };
}

/** `intent` is an `AdminIntent`. */
export async function action({ request }: ActionFunctionArgs) {
  const { email } = await requireOperator(request);
  const { form } = await requireMemberForm(request, { role: "admin" });
  const intent = form.get("intent");
  if (!isAdminIntent(intent)) throw new Response("There is no such action.", { status: 400 });
  const refused = await performAdminIntent(intent, email);
  if (refused !== null) return data({ refused }, { status: 422 });
  const { minutes } = readAddress(new URL(request.url).searchParams);
  return redirect(hrefOf({ minutes, done: intent }), 303);
}

export const meta: MetaFunction = () => [{ title: "Performance – Workspace search" }];

export default function PerformanceDashboard() {
  const live = useLiveMetrics(useLoaderData<typeof loader>());
  const [search] = useSearchParams();
  const { refused = null } = useActionData<typeof action>() ?? {};
  return <PerformancePage {...live} address={readAddress(search)} refused={refused} />;
}
