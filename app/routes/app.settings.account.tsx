import {
  type ActionFunctionArgs,
  data,
  type HeadersFunction,
  type LoaderFunctionArgs,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { PasswordForm } from "../components/access/password-form.tsx";
import { SignOutEverywhere } from "../components/access/sign-out-everywhere.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { endSessions } from "../services/access/end-sessions.server.ts";
import { changeOwnPassword, passwordChange } from "../services/access/own-password.server.ts";
import { passwordChangeProblem } from "../services/access/password-change-problem.ts";
import { endedSessionCookie } from "../services/access/session-cookie.server.ts";
import { smallForm } from "../services/access/small-form.server.ts";
import { textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { email } = await requireMember(request);
  return { email, changed: new URL(request.url).searchParams.has("changed") };
}

/** `intent` is `sign-out-everywhere`; without one it is another password. */
export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireMember(request);
  const form = await smallForm(request);
  if (textOfField(form, "intent") === "sign-out-everywhere") {
    await endSessions(userId);
    return redirect("/sign-in", { status: 303, headers: { "Set-Cookie": await endedSessionCookie() } });
  }
  try {
    const cookie = await changeOwnPassword(request, userId, passwordChange(form));
    return redirect("/app/settings/account?changed", { status: 303, headers: { "Set-Cookie": cookie } });
  } catch (error) {
    const { problem, ...init } = passwordChangeProblem(error);
    return data({ problem }, init);
  }
}

export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

export default function Account() {
  const { email, changed } = useLoaderData<typeof loader>();
  const refused = useActionData<typeof action>();
  return (
    <>
      {changed && (
        <p className="notice" role="status">
          Your password is changed. Wherever else you were signed in, you no longer are.
        </p>
      )}
      <section aria-labelledby="account">
        <h2 id="account">Your account</h2>
        <p>
          You sign in as <strong>{email}</strong>, in every workspace that you are a member of.
        </p>
      </section>
      <section aria-labelledby="password">
        <h2 id="password">Change your password</h2>
        <PasswordForm
          email={email}
          current="Your present password"
          button="Change it"
          problem={refused?.problem ?? null}
        />
      </section>
      <SignOutEverywhere />
    </>
  );
}
