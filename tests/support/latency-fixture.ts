import { EMBEDDING_TABLES } from "../../app/embedding-tables.ts";
import type {
  LatencyFigures,
  LatencyMetrics,
  LatencySeries,
} from "../../app/services/monitoring/vector-metrics.ts";
import { type Stage, TAKEN_AT } from "./metrics-stage.ts";

const MINUTE = 60_000;
const NOW = Date.parse(TAKEN_AT);

/** How fast search was until one point of a migration; before it, nobody has searched. */
export function latencyMetricsAt(stage: Stage): LatencyMetrics {
  const searched = stage !== "baseline";
  return {
    stored: true,
    windows: ([5, 60, 1440] as const).map((minutes) => ({
      minutes,
      rows: searched ? EMBEDDING_TABLES.flatMap(({ name }) => latencyRows(stage, name, minutes)) : [],
    })),
    lastVector: searched ? EMBEDDING_TABLES.map(({ name }) => lastVector(stage, name)) : [],
    series: searched ? [seriesOf(60, stage), seriesOf(1440, stage)].flat() : [],
  };
}

/** Until now, or until the swap. */
function lastVector(stage: Stage, table: string) {
  const until = isSwapped(stage) ? "2026-11-19T09:00:00.000Z" : TAKEN_AT;
  return { table, until, ...figures(1440 * 7, 4.4) };
}

function isSwapped(stage: Stage): boolean {
  return stage === "swapped" || stage === "contracted";
}

function figures(searches: number, p50: number): LatencyFigures {
  return { searches, p50, p95: p50 * 2.1, p99: p50 * 3.4, max: p50 * 9 };
}

function latencyRows(stage: Stage, table: string, minutes: number) {
  const searches = minutes * 7;
  const vector = {
    table,
    columnType: "vector" as const,
    shadow: stage === "swapped",
    ...figures(searches, 4.4),
  };
  const halfvec = { table, columnType: "halfvec" as const, shadow: false, ...figures(searches * 2, 3.9) };
  if (stage === "contracted") return [halfvec];
  return stage === "swapped" ? [halfvec, vector] : [vector];
}

function seriesOf(minutes: 60 | 1440, stage: Stage): LatencySeries[] {
  const step = minutes === 60 ? MINUTE : 15 * MINUTE;
  const points = (from: number, to: number, base: number) =>
    Array.from({ length: minutes === 60 ? 60 : 96 }, (_, slot) => ({
      at: new Date(NOW - minutes * MINUTE + slot * step).toISOString(),
      ...figures(30, base * (1 + 0.2 * Math.sin(slot / 3) + 0.1 * Math.cos(slot))),
    })).slice(from, to);
  if (!isSwapped(stage))
    return [{ minutes, columnType: "vector", shadow: false, points: points(0, 200, 4.4) }];
  return [
    { minutes, columnType: "vector", shadow: false, points: points(0, 22, 4.4) },
    { minutes, columnType: "halfvec", shadow: false, points: points(22, 200, 3.9) },
  ];
}
