import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import type { Bench } from "../benchmark.ts";
import { connected } from "../connected.ts";
import { percentile } from "../statistics.ts";
import { type OfSides, ofSides, SIDES } from "./sides.ts";

/** What a side costs where no vector is searched. Milliseconds. */
export interface CostFigures {
  /** Median of an UPDATE of another column, by key. */
  update: number;
  /** Reading another column of all rows, without parallel workers. */
  scan: number;
}

const UPDATES = 300;

/** Each side in turn. Leaves the updated rows as they are: run it last. */
export async function measureCosts(
  bench: Bench,
  urls: OfSides<string>,
  table: EmbeddingTable,
): Promise<OfSides<CostFigures[]>> {
  const figures = await ofSides(async () => [] as CostFigures[]);
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const side of SIDES) figures[side].push(await measureSide(urls[side], table, repetition));
  }
  return figures;
}

async function measureSide(
  url: string,
  { name, key: [key] }: EmbeddingTable,
  repetition: number,
): Promise<CostFigures> {
  return connected(url, async (client) => {
    await client.query("SET max_parallel_workers_per_gather = 0");
    const began = performance.now();
    await client.query(`SELECT count(*) FROM ${name} WHERE metadata ->> 'piece' = '0'`);
    const scan = performance.now() - began;
    // Rows of every part of the table, others in each repetition.
    const { rows } = await client.query<{ id: string }>(
      `SELECT ${key} AS id FROM ${name} ORDER BY hashtext(${key}::text) OFFSET $1 LIMIT $2`,
      [(repetition - 1) * UPDATES, UPDATES],
    );
    const times: number[] = [];
    for (const { id } of rows) {
      const started = performance.now();
      await client.query(`UPDATE ${name} SET metadata = metadata || '{"seen": true}' WHERE ${key} = $1`, [
        id,
      ]);
      times.push(performance.now() - started);
    }
    return { update: percentile(times, 0.5), scan };
  });
}
