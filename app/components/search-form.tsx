import { Form } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { SEARCH_TYPES } from "../services/rag/search-types.ts";
import { TYPE_NAMES } from "./type-names.ts";

interface SearchFormProps {
  query: string;
  /** The chosen types; none means all. */
  types: readonly string[];
  /** The workspace that is searched, where it is not the one its reader is in. */
  elsewhere: string | null;
  searching: boolean;
}

/**
 * So many characters arrive in any script: 9 bytes each in an address, and Node.js refuses the head of a request beyond 16 KB.
 */
const MOST_CHARACTERS = 1_000;

/** A plain GET form: a search is an address, and works before or without JavaScript. */
export function SearchForm({ query, types, elsewhere, searching }: SearchFormProps) {
  const chosen = types.flatMap((value) => value.split(","));
  const form = useFormAsInAddress(query, chosen);
  return (
    <search>
      <Form action="/app" className="search" aria-busy={searching} ref={form}>
        <label className="visually-hidden" htmlFor="q">
          Search by meaning
        </label>
        <div className="search-line">
          <input
            id="q"
            name="q"
            type="search"
            defaultValue={query}
            placeholder="Ask or describe what you look for"
            autoComplete="off"
            enterKeyHint="search"
            maxLength={MOST_CHARACTERS}
            required
          />
          <button type="submit">Search</button>
        </div>
        {elsewhere !== null && <input type="hidden" name="workspace" value={elsewhere} />}
        <fieldset className="chips">
          <legend>Only in</legend>
          {SEARCH_TYPES.map((type) => (
            <label key={type} className="chip">
              <input type="checkbox" name="types" value={type} defaultChecked={chosen.includes(type)} />
              {TYPE_NAMES[type].plural}
            </label>
          ))}
        </fieldset>
      </Form>
    </search>
  );
}

/**
 * Another address, be it by Back or by a link, changes what the form shows. The same elements show it, because a new one would
 * take the focus from where the reader's keyboard is.
 */
function useFormAsInAddress(query: string, chosen: readonly string[]) {
  const form = useRef<HTMLFormElement>(null);
  const address = JSON.stringify({ query, chosen });
  const shown = useRef(address);
  useEffect(() => {
    // What was typed before the page came to life stays.
    if (shown.current === address) return;
    shown.current = address;
    for (const field of form.current?.querySelectorAll("input") ?? []) {
      if (field.type === "checkbox") field.checked = chosen.includes(field.value);
      if (field.type === "search") field.value = query;
    }
  });
  return form;
}
