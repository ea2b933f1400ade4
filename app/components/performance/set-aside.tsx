import type { TableMigration } from "../../services/monitoring/vector-metrics.ts";
import { countText } from "./figures.ts";

/** Rows that halfvec cannot hold, with their keys, and why. */
export function SetAside({ setAside: { rows, more, examples } }: { setAside: TableMigration["setAside"] }) {
  if (rows === 0) return null;
  return (
    <details className="set-aside">
      <summary>
        {more && "At least "}
        {rows === 1 ? "1 row is set aside" : `${countText(rows)} rows are set aside`}
      </summary>
      <p className="quiet">halfvec cannot hold their values. They keep their vector, and stop a swap.</p>
      <ul>
        {examples.map(({ key, reason }) => (
          <li key={JSON.stringify(key)}>
            <code>
              {Object.entries(key)
                .map(([column, value]) => `${column}=${String(value)}`)
                .join(", ")}
            </code>{" "}
            {reason}
          </li>
        ))}
      </ul>
      {rows > examples.length && (
        <p className="quiet">
          The first {countText(examples.length)}. All of them: <code>npm run migrate:halfvec -- status</code>
        </p>
      )}
    </details>
  );
}
