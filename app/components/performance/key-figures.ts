import { MOST_RECALL_LOSS } from "../../services/halfvec/verify/figures.ts";
import { compareSpeed } from "../../services/monitoring/latency/compare-speed.ts";
import type {
  LatencyMetrics,
  MigrationMetrics,
  RecallMetrics,
  Section,
  StorageMetrics,
  VectorMetrics,
  VerifiedRecall,
} from "../../services/monitoring/vector-metrics.ts";
import { countText, dayText, millisecondsText, reductionText, shareText } from "./figures.ts";
import { convertedRows } from "./steps.ts";

/** The answer to one of the questions with which the page is opened. */
export interface KeyFigure {
  readonly question: string;
  /** Short: it is set large. */
  readonly answer: string;
  /** What the answer stands on. */
  readonly ground: string;
  readonly verdict: "good" | "bad" | null;
  /** 0 to 1, where it is a way that one goes. */
  readonly progress: number | null;
}

/** How far, what was saved, and whether search got worse. A part that could not be read has no answer. */
export function keyFigures({ migration, storage, latency, recall }: VectorMetrics): KeyFigure[] {
  return [
    answered("How far", migration, howFar),
    answered("Storage", storage, saved),
    answered("Speed of search", latency, speed),
    answered("Recall", recall, recallKept),
  ];
}

type Answer = Omit<KeyFigure, "question" | "verdict" | "progress"> & Partial<KeyFigure>;

function answered<Value>(
  question: string,
  section: Section<Value>,
  tell: (value: Value) => Answer,
): KeyFigure {
  const answer =
    section.state === "read" ? tell(section.value) : { answer: "?", ground: "could not be read" };
  return { question, verdict: null, progress: null, ...answer };
}

function howFar({ tables, daysUntilContract }: MigrationMetrics): Answer {
  const there = tables.filter(({ phase }) => phase !== "absent");
  const through = (...phases: string[]) => there.filter(({ phase }) => phases.includes(phase)).length;
  const all = there.length;
  if (all === 0) return { answer: "–", ground: "there is no embedding table" };
  if (through("contracted") === all)
    return {
      answer: "Complete",
      ground: "the originals are gone, the space is free",
      progress: 1,
      verdict: "good",
    };
  const swapped = through("swapped", "contracted");
  if (swapped === all) {
    const ground =
      daysUntilContract === null
        ? "contract is left"
        : daysUntilContract === 0
          ? "contract is due"
          : `contract in ${daysUntilContract} ${daysUntilContract === 1 ? "day" : "days"}`;
    return { answer: "Swapped", ground, progress: 1, verdict: "good" };
  }
  if (through("baseline") === all) return { answer: "Not begun", ground: "search reads vector", progress: 0 };
  const { converted, total } = convertedRows(there);
  const share = total === 0 ? 1 : converted / total;
  return {
    answer: shareText(share),
    ground: `${countText(converted)} of ${countText(total)} rows converted`,
    progress: share,
  };
}

function saved({ total: { now, after, reduction } }: StorageMetrics): Answer {
  if (reduction === null) {
    if (after === null || now.totalBytes === 0) return { answer: "–", ground: "not measured before expand" };
    const less = 1 - after.totalBytes / now.totalBytes;
    return { answer: reductionText(less), ground: "of all bytes after contract, a forecast" };
  }
  const then =
    reduction.after === null ? "" : `; ${reductionText(reduction.after.total)} after contract, a forecast`;
  // As long as both indexes stand, nothing is saved.
  if (reduction.now.index === null || now.vectorIndexBytes > 0) {
    return { answer: reductionText(reduction.now.total), ground: `of all bytes now${then}` };
  }
  return {
    answer: reductionText(reduction.now.index),
    ground: `of the search index; all bytes ${reductionText(reduction.now.total)} now${then}`,
    verdict: reduction.now.index > 0 ? "good" : "bad",
  };
}

/** Percentiles of different tables cannot be added up: it is that of the table that is searched most. */
function speed(latency: LatencyMetrics): Answer {
  const compared = compareSpeed(latency);
  const [busiest] = compared;
  if (busiest === undefined) return speedNow(latency);
  const { table, halfvec, vector } = busiest;
  const ground = `p95 of halfvec, vector ${millisecondsText(vector.p95)} on ${dayText(vector.until)}: ${table}, 24 hours`;
  const slower = compared.filter((comparison) => comparison.slower === true);
  return {
    answer: millisecondsText(halfvec.p95),
    ground: slower.length === 0 ? ground : `${ground}; slower: ${slower.map((one) => one.table).join(", ")}`,
    verdict: slower.length > 0 ? "bad" : compared.some((one) => one.slower === false) ? "good" : null,
  };
}

/** Where there is nothing to compare with. */
function speedNow({ windows }: LatencyMetrics): Answer {
  const rows = windows.find(({ minutes }) => minutes === 1440)?.rows.filter(({ shadow }) => !shadow) ?? [];
  const [busiest] = [...rows].sort((a, b) => b.searches - a.searches);
  if (busiest === undefined) return { answer: "–", ground: "no search in the last 24 hours" };
  const { table, columnType, p95 } = busiest;
  return { answer: millisecondsText(p95), ground: `p95 of ${columnType}: ${table}, 24 hours` };
}

function recallKept({ verified }: RecallMetrics): Answer {
  const measured = verified.filter(({ recallHalfvec, queries }) => recallHalfvec !== null && queries > 0);
  const halfvec = meanOf(measured, ({ recallHalfvec }) => recallHalfvec);
  if (halfvec === null) return { answer: "–", ground: "verify has not measured it yet" };
  const vector = meanOf(measured, ({ recallVector }) => recallVector);
  const worse = measured.filter(
    ({ recallVector, recallHalfvec }) =>
      recallVector !== null && recallHalfvec !== null && recallVector - recallHalfvec > MOST_RECALL_LOSS,
  );
  const ground = vector === null ? "recall@k of halfvec" : `of halfvec; vector ${shareText(vector, 1)}`;
  return {
    answer: shareText(halfvec, 1),
    ground: worse.length === 0 ? ground : `${ground}; too low: ${worse.map(({ table }) => table).join(", ")}`,
    verdict: worse.length > 0 ? "bad" : vector === null ? null : "good",
  };
}

/** Weighted by queries. */
function meanOf(
  rows: readonly VerifiedRecall[],
  pick: (row: VerifiedRecall) => number | null,
): number | null {
  let [sum, queries] = [0, 0];
  for (const row of rows) {
    const value = pick(row);
    if (value === null) continue;
    sum += value * row.queries;
    queries += row.queries;
  }
  return queries === 0 ? null : sum / queries;
}
