import { PAGE_EMBEDDINGS } from "../../../app/embedding-tables.ts";
import { formatBytes, formatCount, formatShare } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, type Measured } from "../benchmark.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import type { SyntheticRows } from "../scratch-database.ts";
import { median } from "../statistics.ts";
import {
  type ConversionFigures,
  type LoadedFigures,
  measureConversion,
  measureLoaded,
} from "./measured-run.ts";
import {
  ALTER_TYPE,
  BATCHES_BY_FLAG,
  BATCHES_BY_KEY,
  type ConversionMethod,
  ONE_UPDATE,
  WITHOUT_INDEX,
  waves,
} from "./methods.ts";

const TABLE = PAGE_EMBEDDINGS;
const METHODS = [ONE_UPDATE, BATCHES_BY_KEY, BATCHES_BY_FLAG, waves(1), waves(2), WITHOUT_INDEX, ALTER_TYPE];

interface Scenario extends SyntheticRows {
  /** Figures of each repetition, by the name of the method. */
  alone: Record<string, ConversionFigures[]>;
  loaded: Record<string, LoadedFigures[]>;
}

/** Our waves against what one would do without them, on copies of the same database. */
export const CONVERSION = benchmark<Scenario>({
  name: "conversion",
  title: "Conversion: filling the halfvec column",
  async *run(bench) {
    for (const rows of bench.rows === undefined ? [20_000, 100_000] : [bench.rows]) {
      for (const rowBytes of bench.rowBytes === undefined ? [400, 1800] : [bench.rowBytes]) {
        for (const ids of bench.ids === undefined ? (["v4", "v7"] as const) : [bench.ids]) {
          yield* measureScenario(bench, { rows, rowBytes, ids });
        }
      }
    }
  },
  report: reportScenario,
});

async function* measureScenario(bench: Bench, data: SyntheticRows): AsyncGenerator<Measured<Scenario>> {
  const part = `${data.rows}-${data.rowBytes}-${data.ids}`;
  const scenario = (await bench.stored<Scenario>(part)) ?? { ...data, alone: {}, loaded: {} };
  const before = scenario.alone[ONE_UPDATE.name]?.length ?? 0;
  if (before >= bench.repetitions) return;
  const template = await bench.scratch.template([TABLE], data);
  const measure = async <Figures extends { seconds: number }>(
    method: ConversionMethod,
    into: Record<string, Figures[]>,
    how: (url: string, table: typeof TABLE, method: ConversionMethod) => Promise<Figures>,
  ) => {
    const url = await bench.scratch.copy(template);
    const figures = await how(url, TABLE, method);
    into[method.name] = [...(into[method.name] ?? []), figures];
    await bench.scratch.drop(url);
    bench.say(
      `${data.rows} rows, ${data.rowBytes} bytes, ${data.ids}: ${method.name} ${figures.seconds.toFixed(2)} s`,
    );
  };
  for (let repetitions = before + 1; repetitions <= bench.repetitions; repetitions++) {
    for (const method of METHODS) {
      await measure(method, scenario.alone, measureConversion);
      if (method.online) await measure(method, scenario.loaded, measureLoaded);
    }
    yield { part, result: scenario, repetitions };
  }
  await bench.scratch.drop(template);
}

function reportScenario({ rows, rowBytes, ids, alone, loaded }: Scenario): string[] {
  const figuresOf = (name: string, pick: (figures: ConversionFigures) => number) =>
    (alone[name] ?? []).map(pick);
  const seconds = (name: string) => figuresOf(name, (figures) => figures.seconds);
  const wal = (name: string) => figuresOf(name, (figures) => figures.walBytes);
  const bytes = (name: string, pick: (figures: ConversionFigures) => number) =>
    formatBytes(median(figuresOf(name, pick)));
  const share = (name: string) => {
    const measured = (alone[name] ?? []).flatMap(({ hotShare }) => hotShare ?? []);
    return formatShare(measured.length === 0 ? null : median(measured), 1);
  };
  const load = (name: string, pick: (figures: LoadedFigures) => number) =>
    spread((loaded[name] ?? []).map(pick), 1);
  return [
    `### ${formatCount(rows)} rows of about ${formatCount(rowBytes)} bytes beside the vector, ids uuid ${ids}`,
    "",
    ...markdownTable(
      [
        "method",
        "seconds, median (least–most)",
        "rows/s",
        "of batches by key",
        "of the floor",
        "WAL",
        "WAL of batches",
        "HOT",
        "table grew",
        "indexes grew",
        "dead rows",
        "VACUUM after, s",
      ],
      METHODS.map(({ name }) => [
        name,
        spread(seconds(name), 2),
        formatCount(rows / median(seconds(name))),
        ratio(seconds(name), seconds(BATCHES_BY_KEY.name), 3),
        ratio(seconds(name), seconds(WITHOUT_INDEX.name)),
        formatBytes(median(wal(name))),
        ratio(wal(name), wal(BATCHES_BY_KEY.name)),
        share(name),
        bytes(name, (figures) => figures.tableGrownBytes),
        bytes(name, (figures) => figures.indexGrownBytes),
        formatCount(median(figuresOf(name, (figures) => figures.deadTuples))),
        spread(
          figuresOf(name, (figures) => figures.vacuumSeconds),
          2,
        ),
      ]),
    ),
    "The same while one searcher and one writer work, or its first minute, in milliseconds; median (least–most) of the repetitions:",
    "",
    ...markdownTable(
      ["method", "seconds", "search p50", "search p95", "search p99", "write p95", "write max", "errors"],
      METHODS.filter(({ online }) => online).map(({ name }) => [
        name,
        `${(loaded[name] ?? []).some(({ cut }) => cut) ? "> " : ""}${load(name, (figures) => figures.seconds)}`,
        load(name, (figures) => figures.searches.p50),
        load(name, (figures) => figures.searches.p95),
        load(name, (figures) => figures.searches.p99),
        load(name, (figures) => figures.writes.p95),
        load(name, (figures) => figures.writes.max),
        spread(
          (loaded[name] ?? []).map(({ errors }) => errors),
          0,
        ),
      ]),
    ),
  ];
}
