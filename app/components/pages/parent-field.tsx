import { useId } from "react";
import type { PageFormValues } from "../../services/forms/page-fields.server.ts";
import type { ParentChoice } from "../../services/reading/parent-choice.server.ts";
import { Field } from "../forms/field.tsx";

interface ParentFieldProps {
  values: Pick<PageFormValues, "parentId" | "parent">;
  parents: ParentChoice;
  problem: string | null;
}

/** Under which page another one stands: chosen from a list, or written where the list would be too long. */
export function ParentField({ values, parents, problem }: ParentFieldProps) {
  const { parentId, parent } = values;
  if (parent !== null || "names" in parents) {
    // Who chose from a list that has become too long since keeps what they chose.
    const chosen = parent ?? { name: parentId && `/app/pages/${parentId}`, was: "" };
    const names = "names" in parents ? parents.names : [];
    return <ParentName parentId={parentId} {...chosen} names={names} problem={problem} />;
  }
  return (
    <Field label="Stands under" name="parentId" problem={problem}>
      {(control) => (
        <select {...control} defaultValue={parentId}>
          <option value="">No page: at the top</option>
          {parents.pages.map(({ id, title, depth }) => (
            <option key={id} value={id}>
              {`${"\u2003".repeat(depth)}${title || "Untitled page"}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface ParentNameProps {
  parentId: string;
  name: string;
  was: string;
  names: readonly string[];
  problem: string | null;
}

function ParentName({ parentId, name, was, names, problem }: ParentNameProps) {
  const listId = useId();
  return (
    <>
      <input key={`id ${parentId}`} type="hidden" name="parentId" value={parentId} />
      <input key={`was ${was}`} type="hidden" name="parentWas" value={was} />
      <Field
        label="Stands under"
        name="parentName"
        problem={problem}
        hint="Title of a page, or its address. Empty: at the top."
      >
        {(control) => <input {...control} defaultValue={name} list={listId} autoComplete="off" />}
      </Field>
      <datalist id={listId}>
        {names.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  );
}
