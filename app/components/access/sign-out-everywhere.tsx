import { Form } from "@remix-run/react";

/** For somebody who left a screen signed in, or lost a device. */
export function SignOutEverywhere() {
  return (
    <section aria-labelledby="sign-out-everywhere">
      <h2 id="sign-out-everywhere">Sign out everywhere</h2>
      <p className="quiet">Ends your session here and on every other device. API keys go on working.</p>
      <Form method="post" className="form-actions">
        <button type="submit" name="intent" value="sign-out-everywhere" className="button button-quiet">
          Sign out everywhere
        </button>
      </Form>
    </section>
  );
}
