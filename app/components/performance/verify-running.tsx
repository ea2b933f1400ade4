import type { VerifyProgress } from "../../services/monitoring/vector-metrics.ts";
import { When } from "../when.tsx";

/** A verify that was begun on this page. */
export function VerifyRunning({
  verify: { by, startedAt, table, step, done, total },
}: {
  verify: VerifyProgress;
}) {
  const at = [table, step].filter((part) => part !== null).join(": ");
  return (
    <div className="verify-running">
      <p>
        Verify is running, started <When at={startedAt} /> by {by}
        {at !== "" && ` – ${at}`}
      </p>
      <progress max={Math.max(1, total)} value={total === 0 ? undefined : done} aria-label="Verify" />
    </div>
  );
}
