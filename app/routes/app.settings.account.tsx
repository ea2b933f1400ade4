import {
  type ActionFunctionArgs,
  data,
  type HeadersFunction,
  type LoaderFunctionArgs,
  redirect,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { PasswordForm } from "../components/access/password-form.tsx";
import { requireMember } from "../services/access/access.server.ts";
import { accessProblem } from "../services/access/access-error.ts";
import { changeOwnPassword } from "../services/access/own-password.server.ts";
import { smallForm } from "../services/access/small-form.server.ts";
import { TooManyAttemptsError } from "../services/access/too-many-attempts.ts";
import { textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { email } = await requireMember(request);
  return { email, changed: new URL(request.url).searchParams.has("changed") };
}

export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireMember(request);
  const form = await smallForm(request);
  const change = {
    current: textOfField(form, "current"),
    wanted: textOfField(form, "wanted"),
    again: textOfField(form, "again"),
  };
  try {
    const cookie = await changeOwnPassword(request, userId, change);
    return redirect("/app/settings/account?changed", { status: 303, headers: { "Set-Cookie": cookie } });
  } catch (error) {
    if (error instanceof TooManyAttemptsError) {
      const problem = { field: "current", message: error.message };
      return data({ problem }, { status: 429, headers: { "Retry-After": String(error.seconds) } });
    }
    return data({ problem: accessProblem(error) }, { status: 422 });
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
        <PasswordForm email={email} problem={refused?.problem ?? null} />
      </section>
    </>
  );
}
