import { type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { requireMember } from "../services/access/access.server.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  await requireMember(request);
  return redirect("/app/settings/members");
}
