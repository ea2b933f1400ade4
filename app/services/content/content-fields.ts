import { storableText } from "../embeddings/storable-json.ts";
import { ContentError } from "./content-error.ts";

/** Characters. */
const LONGEST_TITLE = 300;
export const LONGEST_TEXT = 2_000_000;

/**
 * A title or a name: its spaces are put in order, because it is one line.
 * @throws {ContentError} where nothing is left, or it is longer than 300 characters
 */
export function titleField(field: string, value: string): string {
  const title = storableText(value).replace(/\s+/g, " ").trim();
  if (title === "") throw new ContentError(field, `Please enter a ${field}.`);
  if (title.length > LONGEST_TITLE) {
    throw new ContentError(
      field,
      `The ${field} has ${title.length} characters; at most ${LONGEST_TITLE} are possible.`,
    );
  }
  return title;
}

/**
 * A long text, with the line ends of Unix.
 * @throws {ContentError} where it is longer than 2,000,000 characters
 */
export function textField(field: string, value: string): string {
  const text = storableText(value).replace(/\r\n?/g, "\n");
  if (text.length > LONGEST_TEXT) {
    throw new ContentError(
      field,
      `The text has ${text.length} characters; at most ${LONGEST_TEXT} are possible.`,
    );
  }
  return text;
}
