import type { MeasuredIndex } from "../../services/monitoring/vector-metrics.ts";
import { CurveChart } from "../charts/curve-chart.tsx";
import { When } from "../when.tsx";
import { countText, shareText } from "./figures.ts";

const STYLES = { halfvec: "halfvec", compact: "third" } as const;
const percent = (share: number) => shareText(share, 1);
const milliseconds = (time: number) => `${time.toFixed(1)} ms`;

/** What each measured index finds in which time, a picture for each table. Nothing where none was measured. */
export function IndexCurves({ indexes }: { indexes: readonly MeasuredIndex[] }) {
  const tables = [...new Set(indexes.map(({ table }) => table))];
  return tables.map((table) => {
    const measured = indexes.filter((index) => index.table === table);
    const searched = measured.find((index) => index.searched);
    return (
      <section key={table}>
        <CurveChart
          title={`Recall against time, ${table}`}
          unit="share of the ten nearest that were found; the axis does not begin at 0"
          curves={measured.map(({ profile, tuning }) => ({
            label: profile,
            style: STYLES[profile],
            points: tuning.curve.map(({ candidates, recall, p50: cost }) => ({
              name: `${candidates} candidates`,
              cost,
              gain: recall,
              chosen: candidates === tuning.candidates,
            })),
          }))}
          empty=""
          columns={["", "Time of a search", "Recall"]}
          formatCost={milliseconds}
          formatGain={percent}
          to={1}
        />
        {searched !== undefined && <Searched index={searched} />}
      </section>
    );
  });
}

function Searched({ index: { index, outgrown, tuning } }: { index: MeasuredIndex }) {
  const measured = (
    <>
      measured <When at={tuning.measuredAt} /> at {countText(tuning.rows)} rows
    </>
  );
  return (
    <p className="quiet">
      Searches take <code>{index}</code>{" "}
      {outgrown ? (
        <>
          with <code>HNSW_EF_SEARCH</code> again: it was {measured}, and the table has at least twice as many
          now. <code>npm run migrate:halfvec -- verify</code> measures it anew.
        </>
      ) : (
        <>
          with {tuning.candidates} candidates, {measured}; asked for was {percent(tuning.target)}.
        </>
      )}
    </p>
  );
}
