import type { Advice, VectorMetrics } from "../../services/monitoring/vector-metrics.ts";
import { type KeyFigure, keyFigures } from "./key-figures.ts";
import { VerdictMark } from "./verdict-mark.tsx";

/** Can I go on? How far is it, what did it save, did search get worse? */
export function Headline({ metrics }: { metrics: VectorMetrics }) {
  const { migration } = metrics;
  return (
    <>
      {migration.state === "read" && <AdvicePanel advice={migration.value.advice} />}
      <dl className="key-figures">
        {keyFigures(metrics).map((figure) => (
          <Figure key={figure.question} figure={figure} />
        ))}
      </dl>
    </>
  );
}

const STATES: Readonly<Record<Advice["state"], string>> = {
  go: "You can go on",
  wait: "Wait",
  stop: "Do not go on",
  done: "Done",
};

function AdvicePanel({ advice: { state, title, reasons, command } }: { advice: Advice }) {
  return (
    <section className={`advice advice-${state}`} aria-labelledby="advice_title">
      <p className="advice-state">{STATES[state]}</p>
      <h2 id="advice_title">{title}</h2>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {command !== null && (
        <p className="advice-command">
          <span>{state === "stop" ? "Once that is mended:" : "Next:"}</span> <code>{command}</code>
        </p>
      )}
    </section>
  );
}

function Figure({ figure: { question, answer, ground, verdict, progress } }: { figure: KeyFigure }) {
  return (
    <div className="key-figure">
      <dt>{question}</dt>
      <dd>
        <span className="key-answer">
          {answer}
          {verdict !== null && (
            <VerdictMark good={verdict === "good"} said={verdict === "good" ? "good" : "worse"} />
          )}
        </span>
        {progress !== null && <progress max={1} value={progress} aria-label="Rows converted" />}
        <span className="key-ground">{ground}</span>
      </dd>
    </div>
  );
}
