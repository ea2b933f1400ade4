import autocannon from "autocannon";
import type { SearchType } from "../../../app/services/rag/search-types.ts";
import { type Latencies, latenciesOf } from "../statistics.ts";
import type { ServedApp } from "./served-app.ts";

export interface LoadFigures {
  /** Answers by status; `0` counts requests without one: timeouts and lost connections. */
  answers: Record<string, number>;
  /** Answers with 200, a second. */
  searchesPerSecond: number;
  /** From sending to the last byte, of answers with 200, in milliseconds. */
  endToEnd: Latencies;
  /** What `Server-Timing` says of them: embedding and search, and apart from it the wait for the turn. */
  service: Latencies;
  queue: Latencies;
}

/** How many requests: so many in all, or as many as go in a time. */
export type Amount = { readonly amount: number } | { readonly duration: number };

const TIMEOUT_SECONDS = 60;

/** Sends searches of `types` to `GET /api/search` on `connections` at the same time, each after the answer to the one before. */
export async function shoot(
  app: ServedApp,
  { queries, types }: { queries: readonly string[]; types: readonly SearchType[] },
  connections: number,
  amount: Amount,
): Promise<LoadFigures> {
  const endToEnd: number[] = [];
  const service: number[] = [];
  const queue: number[] = [];
  const answers: Record<string, number> = {};
  const began = performance.now();
  const result = await autocannon({
    url: app.url,
    connections,
    ...amount,
    timeout: TIMEOUT_SECONDS,
    headers: { authorization: `Bearer ${app.key}` },
    requests: queries.map((query) => ({
      path: `/api/search?${new URLSearchParams({ q: query, types: types.join(",") })}`,
    })),
    setupClient(client) {
      let timing: string | undefined;
      client.on("headers", (head) => {
        timing = headerOf(head, "server-timing");
      });
      client.on("response", (status, _bytes, milliseconds) => {
        answers[status] = (answers[status] ?? 0) + 1;
        if (status !== 200 || timing === undefined) return;
        endToEnd.push(milliseconds);
        service.push(durationIn(timing, "embedding") + durationIn(timing, "search"));
        queue.push(durationIn(timing, "queue"));
      });
    },
  });
  if (result.errors > 0) answers[0] = result.errors;
  const seconds = (performance.now() - began) / 1000;
  return {
    answers,
    searchesPerSecond: endToEnd.length / seconds,
    endToEnd: latenciesOf(endToEnd),
    service: latenciesOf(service),
    queue: latenciesOf(queue),
  };
}

/** The parser that autocannon uses hands on names and values in turn. */
function headerOf(head: unknown, name: string): string | undefined {
  const { headers } = head as { headers: string[] };
  const place = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return place < 0 ? undefined : headers[place + 1];
}

function durationIn(timing: string, name: string): number {
  return Number(new RegExp(`(?:^|, )${name};dur=([\\d.]+)`).exec(timing)?.[1] ?? Number.NaN);
}
