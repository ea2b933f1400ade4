import type { MigrationMetrics, Section } from "../../services/monitoring/vector-metrics.ts";
import { When } from "../when.tsx";
import { ConversionCharts } from "./conversion-charts.tsx";
import { Part } from "./part.tsx";
import { TableCard } from "./table-card.tsx";
import { VerifyRunning } from "./verify-running.tsx";

/** Each table on its way from vector to halfvec. */
export function MigrationPart({ section }: { section: Section<MigrationMetrics> }) {
  return (
    <Part title="Migration" section={section}>
      {(migration) => (
        <>
          <Settings migration={migration} />
          {migration.verifying !== null && <VerifyRunning verify={migration.verifying} />}
          <div className="table-cards">
            {migration.tables.map((table) => (
              <TableCard key={table.table} table={table} atWork={migration.atWork !== null} />
            ))}
          </div>
          <ConversionCharts tables={migration.tables} />
        </>
      )}
    </Part>
  );
}

function Settings({
  migration: { settings, contractDueAt, daysUntilContract },
}: {
  migration: MigrationMetrics;
}) {
  if (settings === null) return null;
  const { paused, pausedBy, swappedAt } = settings;
  return (
    <>
      {paused && <p className="paused">Conversions are paused by {pausedBy ?? "somebody"}.</p>}
      {swappedAt !== null && (
        <p>
          Swapped <When at={swappedAt} />.{" "}
          {contractDueAt !== null && daysUntilContract !== null && (
            <>
              Contract, which drops the originals,{" "}
              {daysUntilContract === 0 ? (
                "is due"
              ) : (
                <>
                  from <time dateTime={contractDueAt}>{contractDueAt.slice(0, 10)}</time> on, in{" "}
                  {daysUntilContract} {daysUntilContract === 1 ? "day" : "days"}
                </>
              )}
              ; until it has run, a rollback brings them back.
            </>
          )}
        </p>
      )}
    </>
  );
}
