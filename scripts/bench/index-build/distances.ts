import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { quantized } from "../../../app/services/rag/similarity-sql/quantized-scan.ts";
import type { Bench } from "../benchmark.ts";
import { connected } from "../connected.ts";

/** What the build of an HNSW index consists of: microseconds of one distance in SQL, of each repetition. */
export type DistanceFigures = Record<"vector" | "halfvec" | "compact", number[]>;

/** Each value is compared with each. */
const VALUES = 100;
/** The shorter and the longer statement differ in distances alone. */
const TIMES = { few: 2, many: 42 };

export async function measureDistances(
  bench: Bench,
  url: string,
  table: EmbeddingTable,
): Promise<DistanceFigures> {
  const figures: DistanceFigures = { vector: [], halfvec: [], compact: [] };
  const sides = {
    vector: [table.column, "<#>"],
    halfvec: [table.twin, "<#>"],
    compact: [quantized(table.twin, table), "<~>"],
  } as const;
  await connected(url, async (client) => {
    const seconds = async ([value, operator]: readonly [string, string], times: number) => {
      const began = performance.now();
      // An array is detoasted as it is built: no value is read anew for each distance.
      await client.query(
        `WITH taken AS MATERIALIZED (SELECT ${value} AS value FROM ${table.name} LIMIT ${VALUES}),
           held AS MATERIALIZED (SELECT array_agg(value) AS list FROM taken)
         SELECT count(a.value ${operator} b.value)
         FROM held, unnest(list) AS a(value), unnest(list) AS b(value), generate_series(1, $1::int)`,
        [times],
      );
      return (performance.now() - began) / 1000;
    };
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const side of Object.keys(sides) as (keyof typeof sides)[]) {
        const few = await seconds(sides[side], TIMES.few);
        const many = await seconds(sides[side], TIMES.many);
        figures[side].push(((many - few) * 1e6) / ((TIMES.many - TIMES.few) * VALUES ** 2));
      }
    }
  });
  return figures;
}
