import { PROPERTY_KINDS, type PropertyKind, type RowField } from "../../services/forms/row-fields.ts";

const KIND_NAMES: Readonly<Record<PropertyKind, string>> = { text: "Text", number: "Number", json: "JSON" };

interface RowFieldInputsProps {
  field: RowField;
  /** Its place in the form, from 1. */
  number: number;
}

/** Name, kind and value of one property. A value of several lines gets room for them. */
export function RowFieldInputs({ field: { name, value, kind }, number }: RowFieldInputsProps) {
  const Value = value.length > 44 || value.includes("\n") ? "textarea" : "input";
  return (
    <li className="row-field field">
      <input
        name="name"
        aria-label={`Name of field ${number}`}
        placeholder="Name"
        defaultValue={name}
        autoComplete="off"
      />
      <select name="kind" aria-label={`Kind of field ${number}`} defaultValue={kind}>
        {PROPERTY_KINDS.map((known) => (
          <option key={known} value={known}>
            {KIND_NAMES[known]}
          </option>
        ))}
      </select>
      <Value
        name="value"
        aria-label={`Value of field ${number}`}
        placeholder="Value"
        defaultValue={value}
        autoComplete="off"
      />
    </li>
  );
}
