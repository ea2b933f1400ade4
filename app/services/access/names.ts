import { AccessError } from "./access-error.ts";

/** Of a workspace or key, in characters as people count them. */
export const NAME_MAX = 80;

/** Control characters, which no name has and PostgreSQL would partly refuse. */
const CONTROL = /\p{Cc}/u;

/** A name as it is kept: without blanks around it. @throws AccessError on the field "name" when it is none. */
export function requireName(text: string): string {
  const name = text.trim().replace(/\s+/g, " ");
  if (name === "") throw new AccessError("name", "A name is needed.");
  if ([...name].length > NAME_MAX)
    throw new AccessError("name", `A name has ${NAME_MAX} characters at most.`);
  if (CONTROL.test(name)) throw new AccessError("name", "The name has characters that cannot be shown.");
  return name;
}

/** Longer than any that mail can be sent to (RFC 5321, 4.5.3.1.3). */
const EMAIL_MAX = 254;
/** Something, an at sign, and a domain: what mail cannot reach is found out by whoever gives the password away. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}.]+(\.[^\s@\p{Cc}.]+)*$/u;

/** An e-mail address as it is kept: in lower case. Null for a text that is none. */
export function parseEmail(text: string): string | null {
  const email = text.trim().toLowerCase();
  return email.length <= EMAIL_MAX && EMAIL.test(email) ? email : null;
}
