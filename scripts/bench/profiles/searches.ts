import pg from "pg";
import type { EmbeddingTable } from "../../../app/embedding-tables.ts";
import type { Bench } from "../benchmark.ts";
import { type Throughput, throughput } from "../search/throughput.ts";
import { type OfSides, ofSides, SIDES, type SideSettings, searchOf } from "./sides.ts";

const CONNECTIONS = 4;

/** Searches a second of the app's own statement on each side, in turn. */
export async function measureThroughput(
  bench: Bench,
  urls: OfSides<string>,
  table: EmbeddingTable,
  settings: SideSettings,
  vectors: readonly number[][],
): Promise<OfSides<Throughput[]>> {
  const figures = await ofSides(async () => [] as Throughput[]);
  const pools = await ofSides(
    async (side) => new pg.Pool({ connectionString: urls[side], max: CONNECTIONS }),
  );
  for (const side of SIDES) pools[side].on("error", () => undefined);
  try {
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const side of SIDES) {
        const statements = vectors.map((vector) => searchOf(table, side, settings[side], vector));
        const search = (turn: number) => {
          const statement = statements[turn % statements.length];
          return pools[side].query(statement?.text ?? "", statement?.values);
        };
        // Its pages and its plan come into memory.
        await throughput(CONNECTIONS, 1, search);
        const measured = await throughput(CONNECTIONS, bench.seconds, search);
        figures[side].push(measured);
        bench.say(`${side}: ${measured.queriesPerSecond.toFixed(0)} searches/s`);
      }
    }
  } finally {
    for (const side of SIDES) await pools[side].end();
  }
  return figures;
}
