import { type ReactNode, useId } from "react";

interface ChartFrameProps {
  title: string;
  /** Of the values: "milliseconds", "share of updates". */
  unit: string;
  /** What the picture says, in one or two sentences, for those who do not see it. */
  summary: string;
  /** What is missing, where nothing can be drawn. */
  empty: string | null;
  legend?: ReactNode;
  /** The same numbers. */
  table: ReactNode;
  children: (described: { labelledBy: string }) => ReactNode;
}

/** What stands around every chart: title, unit, legend, and the same numbers as a table. */
export function ChartFrame({ title, unit, summary, empty, legend, table, children }: ChartFrameProps) {
  const id = useId();
  const [titleId, summaryId] = [`${id}title`, `${id}summary`];
  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-title" id={titleId}>
          {title}
        </span>
        <span className="chart-unit">{unit}</span>
      </figcaption>
      {empty === null ? (
        <>
          {legend}
          <p className="visually-hidden" id={summaryId}>
            {summary}
          </p>
          {children({ labelledBy: `${titleId} ${summaryId}` })}
          <details className="chart-numbers">
            <summary>
              The numbers<span className="visually-hidden"> of “{title}”</span>
            </summary>
            {table}
          </details>
        </>
      ) : (
        <p className="chart-empty">{empty}</p>
      )}
    </figure>
  );
}
