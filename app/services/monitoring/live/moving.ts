import type { VectorMetrics } from "../vector-metrics.ts";

/** Whether something is under way that changes the figures by itself: a migration, a rollback, a verify. */
export function isMoving({ migration }: VectorMetrics): boolean {
  if (migration.state !== "read") return false;
  const { tables, settings, verifying } = migration.value;
  if (verifying !== null) return true;
  if (settings?.paused) return false;
  return tables.some(({ phase, goingBack }) => goingBack || phase === "expanded" || phase === "indexed");
}
