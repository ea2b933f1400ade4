import { prettyBytes } from "../../services/monitoring/pretty-bytes.ts";
import type { MemoryMetrics, Section } from "../../services/monitoring/vector-metrics.ts";
import { NumberTable } from "../charts/number-table.tsx";
import { Part } from "./part.tsx";

const UNCOUNTED: Readonly<Record<Exclude<MemoryMetrics["bufferCache"], "read">, string>> = {
  "not-installed": "What the buffers hold is not known: the extension pg_buffercache is not installed.",
  counting: "What the buffers hold is being counted: it is here in a moment.",
  permission: "What the buffers hold is not known: the app’s role may not read pg_buffercache.",
  timeout: "What the buffers hold is not known: counting them took too long.",
  "too-large":
    "What the buffers hold is not counted: there are so many of them that counting would cost too much.",
};

/** What search has to keep hot, and what is in memory of it. */
export function MemoryPart({ section }: { section: Section<MemoryMetrics> }) {
  return (
    <Part
      title="Memory"
      lead="What search has to keep hot: the index, and the TOAST of the column in use."
      section={section}
    >
      {({ relations, sharedBuffersBytes, bufferCache, process }) => {
        const counted = bufferCache === "read";
        return (
          <>
            <NumberTable
              caption="What search has to keep hot"
              columns={["", "Index", "TOAST", "Together", ...(counted ? ["In shared buffers"] : [])]}
              rows={relations.map((row) => ({
                name: `${row.table}, ${row.columnType}`,
                cells: [
                  prettyBytes(row.indexBytes),
                  prettyBytes(row.toastBytes) + (row.toastForecast ? "*" : ""),
                  prettyBytes(row.indexBytes + row.toastBytes),
                  ...(counted ? [row.bufferedBytes === null ? "–" : prettyBytes(row.bufferedBytes)] : []),
                ],
              }))}
              note={
                relations.some((row) => row.toastForecast)
                  ? "* Computed from rows and dimensions: the table’s TOAST holds other columns too."
                  : undefined
              }
            />
            <dl className="figures">
              <div>
                <dt>Shared buffers of the server</dt>
                <dd>{prettyBytes(sharedBuffersBytes)}</dd>
              </div>
              <div>
                <dt>This process</dt>
                <dd>{prettyBytes(process.rssBytes)}</dd>
              </div>
              <div>
                <dt>Heap of this process</dt>
                <dd>{prettyBytes(process.heapUsedBytes)}</dd>
              </div>
            </dl>
            {bufferCache !== "read" && <p className="quiet">{UNCOUNTED[bufferCache]}</p>}
          </>
        );
      }}
    </Part>
  );
}
