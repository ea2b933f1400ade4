/** Nobody looks at an empty answer for longer than this, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/**
 * `fetch` for a client that tries again when the server says (`retry-after`), however late that is: an answer that says so for
 * later than in ten seconds is marked as final.
 */
export async function fetchUnlessLater(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.ok || retryAfterMs(response.headers) <= LONGEST_WAIT_MS) return response;
  const headers = new Headers(response.headers);
  headers.set("x-should-retry", "false");
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

/** When a server wants to be asked again, in milliseconds from now: seconds, a date (RFC 9110, 10.2.3), or OpenAI's milliseconds. */
function retryAfterMs(headers: Headers): number {
  const milliseconds = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (!Number.isNaN(milliseconds)) return milliseconds;
  const given = headers.get("retry-after") ?? "";
  const seconds = Number.parseFloat(given);
  if (!Number.isNaN(seconds)) return seconds * 1_000;
  const date = Date.parse(given);
  return Number.isNaN(date) ? 0 : date - Date.now();
}
