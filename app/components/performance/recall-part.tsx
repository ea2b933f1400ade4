import type {
  AccuracyComparison,
  RecallMetrics,
  Section,
  ShadowRecall,
  VerifiedRecall,
} from "../../services/monitoring/vector-metrics.ts";
import { DotPlot } from "../charts/dot-plot.tsx";
import { NumberTable } from "../charts/number-table.tsx";
import { When } from "../when.tsx";
import { countText, differenceText, reductionText, shareText } from "./figures.ts";
import { IndexCurves } from "./index-curves.tsx";
import { Part } from "./part.tsx";

const COLUMNS = [
  { key: "vector", label: "vector", style: "vector" },
  { key: "halfvec", label: "halfvec", style: "halfvec" },
] as const;

const percent = (share: number) => shareText(share, 1);

/** Whether search still finds what exact search finds: as verify measured it, and on the team's own traffic. */
export function RecallPart({ section }: { section: Section<RecallMetrics> }) {
  return (
    <Part title="Recall" section={section}>
      {({ verified, shadow, comparison, indexes }) => (
        <>
          <Verified rows={verified} />
          <IndexCurves indexes={indexes} />
          <Shadow {...shadow} />
          {comparison !== null && <Comparison comparison={comparison} />}
        </>
      )}
    </Part>
  );
}

function Verified({ rows }: { rows: readonly VerifiedRecall[] }) {
  const measured = rows.filter(({ queries }) => queries > 0);
  return (
    <>
      <DotPlot
        title="Recall@10 against exact search"
        unit="share of the ten nearest that were found; the axis does not begin at 0"
        series={COLUMNS}
        rows={measured.map(({ table, queries, recallVector, recallHalfvec }) => ({
          name: table,
          note: `${countText(queries)} queries`,
          values: { vector: recallVector, halfvec: recallHalfvec },
        }))}
        empty="Verify has not measured it yet. It does so once a table has its halfvec index."
        format={percent}
        to={1}
      />
      {measured.length > 0 && (
        <p className="quiet">
          Largest difference of one similarity:{" "}
          {differenceText(Math.max(...measured.map((row) => row.largestSimilarityDifference ?? 0)))}.
        </p>
      )}
    </>
  );
}

function Shadow({ share, rows }: RecallMetrics["shadow"]) {
  return (
    <section aria-labelledby="shadow_reads">
      <h3 id="shadow_reads">Shadow reads of the last 24 hours</h3>
      {rows.length === 0 ? (
        <p className="quiet">
          {share === 0 ? (
            <>
              They are off. With <code>VECTOR_SHADOW_READS=0.05</code>, one of twenty searches also runs on
              the other column, and what both find is compared here.
            </>
          ) : (
            `None yet: ${shareText(share)} of the searches run on the other column too, once both columns have an index.`
          )}
        </p>
      ) : (
        <NumberTable
          caption="Shadow reads"
          columns={["", "Searches", "Same of the first ten", "Largest difference", "Failed", "Left out"]}
          rows={rows.map((row) => ({
            name: `${row.table}, answered by ${row.answered}`,
            cells: shadowCells(row),
          }))}
        />
      )}
    </section>
  );
}

function shadowCells({ searches, overlapAt10, largestSimilarityDifference, failed, skipped }: ShadowRecall) {
  return [
    countText(searches),
    shareText(overlapAt10, 1),
    differenceText(largestSimilarityDifference),
    countText(failed),
    countText(skipped),
  ];
}

function Comparison({
  comparison: { comparedAt, tables, recallVector, recallHalfvec, storageReduction, indexReduction },
}: {
  comparison: AccuracyComparison;
}) {
  return (
    <section aria-labelledby="comparison">
      <h3 id="comparison">Both columns on the same test queries</h3>
      <p className="quiet">
        Compared <When at={comparedAt} />. Storage {reductionText(storageReduction)}, index{" "}
        {reductionText(indexReduction)} against before expand.
      </p>
      <NumberTable
        caption="Comparison on the stored test queries"
        columns={["", "Queries", "vector", "halfvec", "Largest difference"]}
        rows={[
          ...tables.map((row) => ({
            name: row.table,
            cells: [
              countText(row.queries),
              shareText(row.recallVector, 1),
              shareText(row.recallHalfvec, 1),
              differenceText(row.largestSimilarityDifference),
            ],
          })),
          {
            name: "All tables",
            cells: [
              countText(tables.reduce((sum, { queries }) => sum + queries, 0)),
              shareText(recallVector, 1),
              shareText(recallHalfvec, 1),
              "",
            ],
          },
        ]}
      />
    </section>
  );
}
