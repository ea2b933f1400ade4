/** What an admin asked for is not done; the message says to a person why, and what to do instead. */
export class AdminActionError extends Error {
  override readonly name = "AdminActionError";
}
