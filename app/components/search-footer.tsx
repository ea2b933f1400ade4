import type { EverythingAnswer } from "../services/rag/search-everything.server.ts";

/** Which column of which table answered, and in what time: the migration as a reader of the app sees it. */
export function SearchFooter({ answer }: { answer: EverythingAnswer }) {
  const { embedding, search } = answer.milliseconds;
  return (
    <footer className="colophon">
      <p>
        Searched in {duration(search)}, query embedded in {duration(embedding)}.
      </p>
      <ul>
        {answer.tables.map((table) => (
          <li key={table.table}>
            <code>
              {table.table}.{table.column}
            </code>
            <span className={`type type-${table.columnType}`}>{table.columnType}</span>
            {table.exact && <span>exact</span>}
            <span className="time">{duration(table.milliseconds)}</span>
          </li>
        ))}
      </ul>
    </footer>
  );
}

function duration(milliseconds: number): string {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
