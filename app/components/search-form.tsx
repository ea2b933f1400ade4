import { Form } from "@remix-run/react";
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
  return (
    <search>
      <Form action="/app" className="search" aria-busy={searching}>
        <label className="visually-hidden" htmlFor="q">
          Search by meaning
        </label>
        <div className="search-line">
          <input
            key={query}
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
            <label key={`${type}:${chosen.includes(type)}`} className="chip">
              <input type="checkbox" name="types" value={type} defaultChecked={chosen.includes(type)} />
              {TYPE_NAMES[type].plural}
            </label>
          ))}
        </fieldset>
      </Form>
    </search>
  );
}
