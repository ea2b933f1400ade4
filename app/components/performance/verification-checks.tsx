import type { TableMigration, TableVerification } from "../../services/monitoring/vector-metrics.ts";
import { When } from "../when.tsx";
import { VerdictMark } from "./verdict-mark.tsx";

/** What verify looked at, and what it found. A red one is open at first. */
export function VerificationChecks({
  verification: { ok, current, verifiedAt, figures },
  phase,
}: {
  verification: TableVerification;
  phase: TableMigration["phase"];
}) {
  // It is for the swap that it must hold; the swap itself changes what it stands on.
  const isOld = !current && phase !== "swapped" && phase !== "contracted";
  return (
    <details className="checks" open={!ok}>
      <summary>
        <VerdictMark good={ok} said="" />
        Verify is {ok ? "green" : "red"}
        {isOld && ", but out of date"}{" "}
        <span className="quiet">
          <When at={verifiedAt} />
        </span>
      </summary>
      {isOld && <p className="quiet">Since then a trigger or an index has changed: it has to run again.</p>}
      <ul>
        {figures.checks.map((check) => (
          <li key={check.name}>
            <VerdictMark good={check.ok} said={check.ok ? "green" : "red"} />
            <span>
              <strong>{check.name}</strong> {check.detail}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
