import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import { quantized } from "../../../app/services/rag/similarity-sql/quantized-scan.ts";
import type { Bench } from "../benchmark.ts";
import { connected } from "../connected.ts";
import { ratio, spread } from "../markdown.ts";

const SIDES = ["vector", "halfvec", "compact"] as const;

/** What the build of an HNSW index consists of: microseconds of one distance in SQL, of each repetition. */
export interface DistanceFigures extends Record<(typeof SIDES)[number], number[]> {
  /** How many values are compared with each other: few stay in the caches of a processor, many do not. */
  values: number;
}

const VALUES = [16, 400];
/** So many distances more in the longer of two statements, which differ in nothing else. */
const DISTANCES = 480_000;

export async function measureDistances(
  bench: Bench,
  url: string,
  table: EmbeddingTable,
): Promise<DistanceFigures[]> {
  // What a function returns is in memory: no value is read anew for each distance.
  const compared = {
    vector: [`l2_normalize(${table.column})`, "<#>"],
    halfvec: [`l2_normalize(${table.twin})`, "<#>"],
    compact: [quantized(table.twin, table), "<~>"],
  } as const;
  return connected(url, async (client) => {
    await client.query("SET work_mem = '64MB'");
    const seconds = async ([value, operator]: readonly [string, string], values: number, times: number) => {
      const began = performance.now();
      await client.query(
        `WITH taken AS MATERIALIZED (SELECT ${value} AS value FROM ${table.name} LIMIT ${values})
         SELECT count(a.value ${operator} b.value) FROM generate_series(1, $1::int), taken AS a, taken AS b`,
        [times],
      );
      return (performance.now() - began) / 1000;
    };
    const figures = VALUES.map(
      (values): DistanceFigures => ({ values, vector: [], halfvec: [], compact: [] }),
    );
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const of of figures) {
        const times = Math.round(DISTANCES / of.values ** 2);
        for (const side of SIDES) {
          const once = await seconds(compared[side], of.values, 1);
          const often = await seconds(compared[side], of.values, times + 1);
          of[side].push(((often - once) * 1e6) / (times * of.values ** 2));
        }
      }
    }
    return figures;
  });
}

export function describeDistances(figures: readonly DistanceFigures[]): string {
  const parts = figures.map(({ values, ...of }) => {
    const shown = SIDES.map(
      (side) => `${side} ${spread(of[side], 2)} (${ratio(of[side], of.vector)} of vector)`,
    );
    return `among ${values} values ${shown.join(", ")}`;
  });
  return `What a build consists of: one distance, in µs, in one process: ${parts.join("; ")}. A halfvec is converted to single precision for each distance, which costs more than its bytes save as long as they come fast enough: the limit of a faster build.`;
}
