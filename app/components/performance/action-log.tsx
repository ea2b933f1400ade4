import type { AdminAction } from "../../services/monitoring/vector-metrics.ts";
import { When } from "../when.tsx";

const NAMES: Readonly<Record<AdminAction["action"], string>> = {
  flag: "Column",
  pause: "Pause",
  resume: "Resume",
  verify: "Verify",
  compare: "Comparison",
};

/** Who did what here, newest first. */
export function ActionLog({ actions }: { actions: readonly AdminAction[] }) {
  return (
    <section aria-labelledby="action_log">
      <h3 id="action_log">Who did what</h3>
      {actions.length === 0 ? (
        <p className="quiet">Nobody has done anything here yet.</p>
      ) : (
        <ol className="action-log">
          {actions.map(({ at, by, action, detail }) => (
            <li key={`${at} ${action}`}>
              <strong>{NAMES[action]}</strong> {detail}
              <span className="quiet">
                {by}, <When at={at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
