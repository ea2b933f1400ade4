/** Of every answer of the API: it is what its type says, and for who asked, now. */
export const API_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" } as const;

/** 200 with something as JSON. */
export function jsonAnswer(body: unknown): Response {
  return Response.json(body, { headers: API_HEADERS });
}
