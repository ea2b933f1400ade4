import { plural } from "../../halfvec/plural.ts";
import type { Advice, MigrationMetrics, TableMigration, VerifyProgress } from "../vector-metrics.ts";

/** What the advice depends on. */
export type MigrationCourse = Pick<
  MigrationMetrics,
  "settings" | "tables" | "daysUntilContract" | "verifying" | "atWork"
>;

const TOOL = "npm run migrate:halfvec --";
const RUN = "npm run migrate:halfvec";
const UNDER_WAY = "The migration is under way";

/**
 * Whether to go on, what stands in the way, and the command that goes on from here. The guards of the migration say the
 * last word; this is what a person can know beforehand.
 */
export function adviceOn({
  settings,
  tables,
  daysUntilContract,
  verifying,
  atWork,
}: MigrationCourse): Advice {
  const absent = tables.filter(({ phase }) => phase === "absent");
  if (absent.length > 0) {
    return stop("The embedding tables are not all there", "npm run db:deploy -- --through init", [
      `${namesOf(absent)}: not in this database, or without an embedding of the expected dimensions.`,
    ]);
  }
  if (tables.every(({ phase }) => phase === "contracted")) {
    return { state: "done", title: "The migration is complete", reasons: [], command: null };
  }
  if (atWork === "alone") {
    return wait("A rollback or contract is under way", null, ["Another process is at it. Let it end."]);
  }
  if (tables.some(({ goingBack }) => goingBack)) {
    return wait("A rollback has begun", `${TOOL} rollback`, [
      `Finish it with this command, or go forward again with: ${RUN}`,
    ]);
  }
  const looked = atWorkNow(verifying, atWork);
  if (tables.every(({ phase }) => phase === "swapped" || phase === "contracted")) {
    return looked.length > 0 ? wait(UNDER_WAY, null, looked) : afterSwap(tables, daysUntilContract);
  }
  if (settings?.paused) {
    return wait("The conversion is paused", `${TOOL} resume`, [
      `Paused by ${settings.pausedBy ?? "somebody"}.`,
    ]);
  }
  // While something is at work, what the last verify found may be out of date already.
  const red = looked.length > 0 ? [] : redChecks(tables);
  const setAside = tables.filter((table) => table.setAside.rows > 0);
  if (setAside.length > 0) {
    return stop("Some rows cannot be converted", `${TOOL} status`, [
      ...setAside.map(
        ({ table, setAside: { rows, more } }) =>
          `${table}: ${more ? "more than " : ""}${rows} ${plural(rows, "row holds", "rows hold")} a value that halfvec cannot hold. Correct or empty ${plural(rows, "it", "them")}, then verify again.`,
      ),
      ...red,
    ]);
  }
  if (red.length > 0) return stop("Verify is not green", `${TOOL} verify`, red);
  const converting = underWay(tables, atWork === "forward");
  const running = verifying || converting.length === 0 ? [...converting, ...looked] : converting;
  if (running.length > 0) return wait(UNDER_WAY, null, running);
  if (tables.every(({ phase }) => phase === "baseline")) {
    return go("Ready to begin", `${TOOL} plan`, []);
  }
  return beforeSwap(tables);
}

function afterSwap(tables: readonly TableMigration[], days: number | null): Advice {
  const red = redChecks(tables);
  if (red.length > 0) return stop("Verify is not green", `${TOOL} verify`, red);
  if (days !== null && days > 0) {
    return wait("Search reads halfvec; the originals are still kept", null, [
      `Contract drops them in ${days} ${plural(days, "day")}. Until then a rollback brings every one back: ${TOOL} rollback`,
    ]);
  }
  return go("The originals can be dropped", `${TOOL} contract`, []);
}

function beforeSwap(tables: readonly TableMigration[]): Advice {
  const notIndexed = tables.filter(({ phase }) => phase === "baseline" || phase === "expanded");
  if (notIndexed.length > 0) {
    return go("Go on with the conversion", RUN, [
      `${namesOf(notIndexed)}: not converted and indexed to the end yet.`,
    ]);
  }
  const unproved = tables.filter(({ phase, verification }) => phase === "indexed" && !verification?.current);
  if (unproved.length > 0) {
    return go("Verify before the swap", `${TOOL} verify`, [
      `${namesOf(unproved)}: not verified since the trigger or the index changed.`,
    ]);
  }
  return go("Everything is ready for the swap", `${TOOL} swap`, []);
}

/**
 * What is at work now, as sentences.
 * @param claimed whether ranges that workers hold are still worked at: those of a process that was killed stay.
 */
function underWay(tables: readonly TableMigration[], claimed: boolean): string[] {
  return tables.flatMap(({ table, throttle, conversion }) => {
    if (!conversion || conversion.finishedAt !== null) return [];
    if (throttle !== null) return [`${table} waits: ${throttle}.`];
    const moves = conversion.rowsPerSecond !== null || (claimed && conversion.claims > 0);
    return moves ? [`${table} is being converted.`] : [];
  });
}

/** What a process is at: a verify that was begun here by its name, anything else without one. */
function atWorkNow(verifying: VerifyProgress | null, atWork: MigrationMetrics["atWork"]): string[] {
  if (verifying) return [`Verify runs${verifying.table === null ? "" : ` on ${verifying.table}`}.`];
  return atWork === null ? [] : ["A process is at its next step."];
}

function redChecks(tables: readonly TableMigration[]): string[] {
  return tables.flatMap(({ table, verification }) =>
    verification === null || verification.ok
      ? []
      : verification.figures.checks.filter(({ ok }) => !ok).map(({ detail }) => `${table}: ${detail}.`),
  );
}

function namesOf(tables: readonly TableMigration[]): string {
  return tables.map(({ table }) => table).join(", ");
}

function go(title: string, command: string, reasons: readonly string[]): Advice {
  return { state: "go", title, reasons, command };
}

function wait(title: string, command: string | null, reasons: readonly string[]): Advice {
  return { state: "wait", title, reasons, command };
}

function stop(title: string, command: string, reasons: readonly string[]): Advice {
  return { state: "stop", title, reasons, command };
}
