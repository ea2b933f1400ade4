/** The engine would have to do something that is not safe now. Nothing was changed; `message` says what to do. */
export class RefusedError extends Error {
  override name = "RefusedError";
}

/** The run was stopped from outside (signal, abort). What was committed stays; a new run goes on from there. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
  constructor() {
    super("interrupted; everything committed so far is kept");
  }
}

/** SQLSTATE of a PostgreSQL error, or undefined for any other value. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** @throws InterruptedError when `signal` is aborted; the error with which it was aborted, where there is one. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  // Without one the platform makes up an AbortError.
  const told = signal.reason instanceof Error && signal.reason.name !== "AbortError";
  throw told ? signal.reason : new InterruptedError();
}
