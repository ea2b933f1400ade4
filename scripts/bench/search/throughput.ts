import { type Latencies, latenciesOf } from "../statistics.ts";

export interface Throughput {
  queriesPerSecond: number;
  latencies: Latencies;
}

/** Runs `search` over and over on `connections` at the same time for `seconds`. @throws what it throws. */
export async function throughput(
  connections: number,
  seconds: number,
  search: (turn: number) => Promise<unknown>,
): Promise<Throughput> {
  const milliseconds: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  const loops = Array.from({ length: connections }, async (_, connection) => {
    for (let turn = connection; performance.now() < end; turn += connections) {
      const started = performance.now();
      await search(turn);
      milliseconds.push(performance.now() - started);
    }
  });
  await Promise.all(loops);
  return {
    queriesPerSecond: milliseconds.length / ((performance.now() - began) / 1000),
    latencies: latenciesOf(milliseconds),
  };
}
