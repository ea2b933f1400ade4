/** Of every answer of the API: it is what its type says, and for who asked, now. */
export const API_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** 200 with something as JSON. */
export function jsonAnswer(body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { headers: { ...headers, ...API_HEADERS } });
}

/** Durations by name, in milliseconds, as the header `Server-Timing` (W3C) carries them; browsers show it with a request. */
export function serverTiming(durations: Readonly<Record<string, number>>): string {
  return Object.entries(durations)
    .map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(2)}`)
    .join(", ");
}
