import type { Section, SectionProblem, VectorMetrics } from "../../services/monitoring/vector-metrics.ts";
import { ActionsPart } from "./actions-part.tsx";
import { Headline } from "./headline.tsx";
import { LatencyPart } from "./latency-part.tsx";
import { LiveNote } from "./live-note.tsx";
import { MemoryPart } from "./memory-part.tsx";
import { MigrationPart } from "./migration-part.tsx";
import type { PageAddress } from "./page-address.ts";
import { Unread } from "./part.tsx";
import { RecallPart } from "./recall-part.tsx";
import { Refused } from "./refused.tsx";
import { StoragePart } from "./storage-part.tsx";
import type { Connection } from "./use-live-metrics.ts";

interface PerformancePageProps {
  metrics: VectorMetrics;
  connection: Connection;
  /** When the figures were last found to be as they are shown. */
  seenAt: string;
  address: PageAddress;
  refused: string | null;
}

/** How far the migration is, what it saved, whether search got worse, and whether one can go on. */
export function PerformancePage({ metrics, connection, seenAt, address, refused }: PerformancePageProps) {
  const problem = problemOfAll(metrics);
  return (
    <div className="wide performance">
      {address.confirm === null && (
        <noscript>
          <meta httpEquiv="refresh" content="15" />
        </noscript>
      )}
      <header className="page-head">
        <h1>Performance</h1>
        <LiveNote
          connection={connection}
          seenAt={seenAt}
          databaseMilliseconds={metrics.databaseMilliseconds}
        />
      </header>
      {problem !== null ? (
        <>
          <Refused reason={refused} level={2} />
          <Unread problem={problem} />
        </>
      ) : (
        <>
          <Headline metrics={metrics} />
          <MigrationPart section={metrics.migration} />
          <StoragePart section={metrics.storage} />
          <LatencyPart section={metrics.latency} address={address} />
          <RecallPart section={metrics.recall} />
          <MemoryPart section={metrics.memory} />
          <ActionsPart section={metrics.migration} address={address} refused={refused} />
        </>
      )}
    </div>
  );
}

/** What no part could be read for, where that is the same: it is said once. */
function problemOfAll({ migration, storage, latency, recall, memory }: VectorMetrics): SectionProblem | null {
  if (migration.state === "read") return null;
  const { problem } = migration;
  const isSame = (section: Section<unknown>) =>
    section.state === "failed" && section.problem.message === problem.message;
  return [storage, latency, recall, memory].every(isSame) ? problem : null;
}
