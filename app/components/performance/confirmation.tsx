import { Form, Link, useNavigation } from "@remix-run/react";
import { useEffect, useRef } from "react";
import type { AdminIntent } from "../../services/monitoring/admin-intents.ts";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { ADMIN_ACTIONS } from "./admin-actions.ts";
import { hrefOf, type PageAddress } from "./page-address.ts";

/** The second step before anything is done. The address holds it, so it works without JavaScript too. */
export function Confirmation({
  address: { minutes },
  action,
}: {
  address: PageAddress;
  action: AdminIntent;
}) {
  const { question, consequence, button } = ADMIN_ACTIONS[action];
  const heading = useRef<HTMLHeadingElement>(null);
  const sent = useNavigation().state !== "idle";
  useEffect(() => {
    // Whoever asked for it by the keyboard goes on from here.
    if (action) heading.current?.focus();
  }, [action]);
  return (
    <section className="notice confirmation" id="confirm" aria-labelledby="confirm_question">
      <h3 id="confirm_question" tabIndex={-1} ref={heading}>
        {question}
      </h3>
      <p>{consequence}</p>
      <Form method="post" action={hrefOf({ minutes })} className="form-actions" preventScrollReset>
        <WorkspaceField />
        <button type="submit" name="intent" value={action} className="button" disabled={sent}>
          {button}
        </button>
        <Link to={hrefOf({ minutes })} className="button button-quiet" preventScrollReset>
          Cancel
        </Link>
      </Form>
    </section>
  );
}
