import type { TableMigration } from "../../services/monitoring/vector-metrics.ts";
import { countText, millisecondsText, secondsText, shareText } from "./figures.ts";
import { SetAside } from "./set-aside.tsx";
import { type Step, stepsOf } from "./steps.ts";
import { VerificationChecks } from "./verification-checks.tsx";

interface TableCardProps {
  table: TableMigration;
  /** Whether workers live: what one that was killed had in its hands stays there until the next run. */
  atWork: boolean;
}

/** One table: its steps, how fast it goes on, what holds it up, and what verify found. */
export function TableCard({ table, atWork }: TableCardProps) {
  const { throttle, setAside, verification, conversion, goingBack } = table;
  return (
    <article className="table-card" aria-labelledby={`table_${table.table}`}>
      <header>
        <h3 id={`table_${table.table}`}>{table.table}</h3>
        <span className="phase">{goingBack ? "going back" : phaseText(table)}</span>
      </header>
      {table.phase === "absent" ? (
        <p className="quiet">There is no such table in this database, or it has no embedding.</p>
      ) : (
        <Steps steps={stepsOf(table)} />
      )}
      {conversion !== null && <Conversion table={table} conversion={conversion} atWork={atWork} />}
      {throttle !== null && (
        <p className="throttle">
          <strong>Waiting:</strong> {throttle}
        </p>
      )}
      <SetAside setAside={setAside} />
      {verification !== null && <VerificationChecks verification={verification} phase={table.phase} />}
    </article>
  );
}

function phaseText({ phase, conversion }: TableMigration): string {
  if (phase !== "expanded" || conversion === null) return phase;
  return conversion.finishedAt === null ? "converting" : "converted";
}

const STATES: Readonly<Record<Step["state"], { sign: string; said: string }>> = {
  done: { sign: "✓", said: "done" },
  now: { sign: "", said: "now" },
  failed: { sign: "!", said: "failed" },
  next: { sign: "", said: "to come" },
};

function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className="steps">
      {steps.map(({ name, state }) => (
        <li key={name} className={`step step-${state}`} aria-current={state === "now" ? "step" : undefined}>
          <span className="step-sign" aria-hidden="true">
            {STATES[state].sign}
          </span>
          {name}
          <span className="visually-hidden">: {STATES[state].said}</span>
        </li>
      ))}
    </ol>
  );
}

function Conversion({
  table: { table },
  conversion: {
    rowsConverted,
    rowsTotal,
    rowsPerSecond,
    etaSeconds,
    hotShare,
    startedAt,
    finishedAt,
    claims,
  },
  atWork,
}: {
  table: TableMigration;
  atWork: boolean;
  conversion: NonNullable<TableMigration["conversion"]>;
}) {
  const took = finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return (
    <div className="conversion">
      <progress
        max={Math.max(1, rowsTotal)}
        value={rowsTotal === 0 ? 1 : Math.min(rowsConverted, rowsTotal)}
        aria-label={`${table} converted`}
      />
      <dl className="figures">
        <Figure name="Rows">
          <span className="rows-converted">{countText(rowsConverted)}</span> of {countText(rowsTotal)}
        </Figure>
        {took === null ? (
          <>
            <Figure name="Rate">{rowsPerSecond === null ? "–" : `${countText(rowsPerSecond)} rows/s`}</Figure>
            <Figure name="Left">{etaSeconds === null ? "–" : secondsText(etaSeconds)}</Figure>
            <Figure name="Workers">{countText(atWork ? claims : 0)}</Figure>
          </>
        ) : (
          <Figure name="Took">{took < 1 ? millisecondsText(took * 1000) : secondsText(took)}</Figure>
        )}
        <Figure name="HOT updates">{shareText(hotShare)}</Figure>
      </dl>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
