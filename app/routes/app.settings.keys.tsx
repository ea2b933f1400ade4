import { type ActionFunctionArgs, data, type LoaderFunctionArgs, redirect } from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { KeyList } from "../components/access/key-list.tsx";
import { NameForm } from "../components/access/name-form.tsx";
import { ShownOnce } from "../components/access/shown-once.tsx";
import { requireAdmin } from "../services/access/access.server.ts";
import { accessProblem } from "../services/access/access-error.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "../services/access/api-keys.server.ts";
import { requireMemberForm } from "../services/access/member-form.server.ts";
import { found, textOfField } from "../services/forms/form-fields.ts";

export async function loader({ request }: LoaderFunctionArgs) {
  const { workspace } = await requireAdmin(request);
  return { workspace, keys: await listApiKeys(workspace.id) };
}

export async function action({ request }: ActionFunctionArgs) {
  const { userId, workspace, form } = await requireMemberForm(request, { role: "admin" });
  if (textOfField(form, "intent") === "revoke") {
    found(await revokeApiKey(workspace.id, textOfField(form, "key")));
    return redirect("/app/settings/keys", 303);
  }
  const name = textOfField(form, "name");
  try {
    const { key } = await createApiKey(workspace.id, { name, createdBy: userId });
    return { made: { name, key }, refused: null };
  } catch (error) {
    return data({ made: null, refused: { name, problem: accessProblem(error) } }, { status: 422 });
  }
}

export default function ApiKeys() {
  const { workspace, keys } = useLoaderData<typeof loader>();
  const { made = null, refused = null } = useActionData<typeof action>() ?? {};
  return (
    <>
      {made !== null && (
        <ShownOnce title={`The key “${made.name}”`} secret={made.key}>
          Keep it now: it is not shown again. Whoever has it reads everything in {workspace.name}.
        </ShownOnce>
      )}
      <KeyList keys={keys} />
      <section aria-labelledby="new-key">
        <h2 id="new-key">Make a key</h2>
        <NameForm
          key={made?.key}
          label="What it is for"
          button="Make"
          intent="create"
          name={refused?.name}
          problem={refused?.problem ?? null}
        />
        <p className="quiet">
          A program sends it with each request to <code>/api/search</code> and the others:{" "}
          <code>Authorization: Bearer hvk_…</code>
        </p>
      </section>
    </>
  );
}
