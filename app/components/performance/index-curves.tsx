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
          curves={measured.map(({ profile, inUse, tuning }) => ({
            label: profile,
            style: STYLES[profile],
            points: tuning.curve.map(({ candidates, recall, p50: cost }) => ({
              name: `${candidates} candidates`,
              cost,
              gain: recall,
              chosen: inUse && candidates === tuning.candidates,
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

function Searched({ index: { table, index, profile, outgrown, inUse, tuning } }: { index: MeasuredIndex }) {
  const measured = (
    <>
      measured <When at={tuning.measuredAt} /> at {countText(tuning.rows)} rows
    </>
  );
  return (
    <p className="quiet">
      Searches take <code>{index}</code>{" "}
      {inUse ? <>with {tuning.candidates} candidates</> : <>as the app is configured</>}, {measured}; asked
      for was {percent(tuning.target)}.
      {outgrown && (
        <>
          {" "}
          The table has at least twice as many now. To measure it again:{" "}
          <code>
            npm run migrate:halfvec -- index --profile {profile} --tables {table}
          </code>
        </>
      )}
    </p>
  );
}
