import { API_HEADERS } from "./api-answer.ts";

/** What went wrong, for a program and for the person who reads its log (RFC 9457). */
export interface ProblemDetails {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** Name of the kind of problem in small letters and hyphens, the same for every occurrence: `invalid-parameter`. Sent as `/problems/NAME`. */
  readonly type: string;
  /** The kind in words, the same for every occurrence. */
  readonly title: string;
  /** This occurrence in words: what is wrong and what to do. */
  readonly detail: string;
  /** The parameter or field that is wrong, as the request names it. */
  readonly field?: string | undefined;
}

/** Answers a request of a program with a problem, as `application/problem+json`, never kept by a cache. */
export function problemResponse({ type, ...problem }: ProblemDetails, headers?: HeadersInit): Response {
  const all = new Headers(headers);
  all.set("content-type", "application/problem+json");
  for (const [name, value] of Object.entries(API_HEADERS)) all.set(name, value);
  return new Response(JSON.stringify({ type: `/problems/${type}`, ...problem }), {
    status: problem.status,
    headers: all,
  });
}

/** 405: the address takes one other method. @param detail what to send instead, in words */
export function methodNotAllowed(allowed: "GET" | "POST", detail: string): Response {
  return problemResponse(
    { status: 405, type: "method-not-allowed", title: `This takes ${allowed} alone`, detail },
    { allow: allowed },
  );
}
