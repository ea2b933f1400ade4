import {
  type ActionFunctionArgs,
  data,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from "@remix-run/node";
import { Form, useActionData, useLoaderData } from "@remix-run/react";
import { PasswordForm } from "../components/access/password-form.tsx";
import { Frame } from "../components/frame.tsx";
import { requireSession } from "../services/access/access.server.ts";
import { changeOwnPassword, passwordChange } from "../services/access/own-password.server.ts";
import { passwordChangeProblem } from "../services/access/password-change-problem.ts";
import { wantedPath } from "../services/access/return-path.ts";
import { smallForm } from "../services/access/small-form.server.ts";

/** Whoever signed in with a first password comes here from every page, until they have chosen one of their own. */
export async function loader({ request }: LoaderFunctionArgs) {
  const { email, hasOwnPassword } = await requireSession(request);
  if (hasOwnPassword) throw redirect(wantedPath(request));
  return { email };
}

export async function action({ request }: ActionFunctionArgs) {
  const { userId } = await requireSession(request);
  try {
    const cookie = await changeOwnPassword(request, userId, passwordChange(await smallForm(request)));
    return redirect(wantedPath(request), { status: 303, headers: { "Set-Cookie": cookie } });
  } catch (error) {
    const { problem, ...init } = passwordChangeProblem(error);
    return data({ problem }, init);
  }
}

export const headers: HeadersFunction = ({ actionHeaders }) => actionHeaders;

export const meta: MetaFunction = () => [{ title: "Choose a password – Workspace search" }];

export default function ChoosePassword() {
  const { email } = useLoaderData<typeof loader>();
  const refused = useActionData<typeof action>();
  return (
    <Frame>
      <section className="sign-in">
        <h1>Choose a password</h1>
        <p>
          You are signed in as <strong>{email}</strong>, with a password that somebody gave you. Choose one
          that only you know, and go on.
        </p>
        <PasswordForm
          email={email}
          current="The password you were given"
          button="Choose it"
          problem={refused?.problem ?? null}
        />
        <Form method="post" action="/sign-out" className="quiet">
          <button type="submit" className="button button-quiet">
            Sign out
          </button>
        </Form>
      </section>
    </Frame>
  );
}
