import {
  type ActionFunctionArgs,
  data,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { useActionData, useNavigation } from "@remix-run/react";
import { SignInForm } from "../components/access/sign-in-form.tsx";
import { Frame } from "../components/frame.tsx";
import { findMember } from "../services/access/access.server.ts";
import { clientAddress } from "../services/access/client-address.server.ts";
import { wantedPath } from "../services/access/return-path.ts";
import { requireSameOrigin } from "../services/access/same-origin.server.ts";
import { signIn } from "../services/access/sign-in.server.ts";
import { signInProblem } from "../services/access/sign-in-problem.ts";
import { smallForm } from "../services/access/small-form.server.ts";
import { textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  if ((await findMember(request)) !== null) throw redirect(wantedPath(request));
  return null;
}

export async function action({ request }: ActionFunctionArgs) {
  requireSameOrigin(request);
  const form = await smallForm(request);
  const email = textOfField(form, "email");
  const result = await signIn(email, textOfField(form, "password"), clientAddress(request));
  if (result.kind === "signed-in") {
    return redirect(wantedPath(request), { status: 303, headers: { "Set-Cookie": result.cookie } });
  }
  const { status, headers, problem } = signInProblem(result);
  return data({ email, problem }, { status, headers });
}

export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

export const meta: MetaFunction = () => [{ title: "Sign in – Workspace search" }];

export default function SignIn() {
  const refused = useActionData<typeof action>();
  const busy = useNavigation().state === "submitting";
  return (
    <Frame>
      <SignInForm email={refused?.email ?? ""} problem={refused?.problem ?? null} busy={busy} />
    </Frame>
  );
}
