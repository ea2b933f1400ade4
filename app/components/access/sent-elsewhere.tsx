import {
  type AnotherWorkspace,
  SEND_TO_FIELD,
  WORKSPACE_FIELD,
} from "../../services/access/another-workspace.ts";

/** What people write themselves, and what it is called; other fields of a form are chosen or go along unseen. */
const WRITTEN: Readonly<Record<string, string>> = {
  title: "Title",
  markdown: "Text",
  content: "Text",
  sourceUri: "Source",
  name: "Name",
  value: "Value",
  email: "E-mail",
};

/** A form that was not taken, because its sender is in another workspace now: a way back, and what they wrote. */
export function SentElsewhere({ now, madeFor, address, fields, hasFiles }: AnotherWorkspace) {
  const written = fields.flatMap(({ name, value }, place) => {
    const label = WRITTEN[name];
    return label === undefined || value === "" ? [] : [{ place, label, value }];
  });
  const wasIn = madeFor?.name ?? "a workspace that you are not a member of";
  return (
    <section className="notice notice-problem sent-elsewhere" role="alert">
      <h1>You are in another workspace now</h1>
      <p>
        This was sent for {wasIn}. Meanwhile you went to {now}, in another tab perhaps, so nothing was done.
      </p>
      {madeFor !== null && (
        // A plain form: the browser itself follows to where it is sent on to.
        <form method="post" action="/app/workspace">
          <input type="hidden" name={WORKSPACE_FIELD} value={madeFor.id} />
          {!hasFiles && <SentAgain address={address} fields={fields} />}
          <button type="submit" className="button">
            {hasFiles ? `Go back to ${madeFor.name}` : `Go back to ${madeFor.name} and send it there`}
          </button>
        </form>
      )}
      {hasFiles && <p>The files have to be chosen again.</p>}
      {written.length > 0 && (
        <>
          <h2>What you wrote</h2>
          <dl className="kept-fields">
            {written.map(({ place, label, value }) => (
              <div key={place}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}

/** Where to send on, and all that was sent; the workspace stands in the form already. */
function SentAgain({ address, fields }: Pick<AnotherWorkspace, "address" | "fields">) {
  // A name may come several times: what tells the fields apart is their place.
  const others = fields
    .map((field, place) => ({ ...field, place }))
    .filter(({ name }) => name !== WORKSPACE_FIELD && name !== SEND_TO_FIELD);
  return (
    <>
      <input type="hidden" name={SEND_TO_FIELD} value={address} />
      {others.map(({ name, value, place }) => (
        <input key={place} type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
