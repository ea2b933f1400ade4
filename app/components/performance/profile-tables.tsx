import {
  comparable,
  hasForecast,
  type ProfileBytes,
  type ProfileRow,
  type ProfileTable,
  rowsApart,
} from "../../services/halfvec/profile-table/profile-figures.ts";
import { prettyBytes } from "../../services/monitoring/pretty-bytes.ts";
import { NumberTable } from "../charts/number-table.tsx";
import { countText, millisecondsText, shareText } from "./figures.ts";

const NOTHING = "–";
const COLUMNS = ["", "Asked", "vector", "halfvec", "compact"];

/** What was asked for beside what each kind of index gives, for each table with embeddings. Nothing where none has. */
export function ProfileTables({ profiles }: { profiles: readonly ProfileTable[] }) {
  const known = comparable(profiles);
  if (known.length === 0) return null;
  return (
    <section aria-labelledby="profiles">
      <h3 id="profiles">What was asked for, and what each index gives</h3>
      <p className="quiet">
        Total is heap, TOAST and all indexes: of <code>vector</code> at the baseline, of the others after
        contract and a rewrite with the one index. In brackets: the share of <code>vector</code>.
        {known.some(hasForecast) && " * A forecast, not measured."}
      </p>
      <div className="chart-pair profile-tables">
        {known.map((profile) => (
          <div key={profile.table}>
            <h4>{profile.table}</h4>
            <NumberTable
              caption={`Indexes of ${profile.table}`}
              columns={COLUMNS}
              rows={rowsOf(profile)}
              note={growthOf(profile)}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

function rowsOf({ total, index, recall, p95 }: ProfileTable) {
  return [
    { name: "Total", cells: bytesCells(total) },
    { name: "HNSW index", cells: bytesCells(index) },
    { name: "Recall@10", cells: cells(recall, (share) => shareText(share, 1)) },
    { name: "p95 of a search", cells: cells(p95, millisecondsText) },
  ];
}

function cells<Value>(
  { asked, vector, halfvec, compact }: ProfileRow<Value>,
  text: (value: Value) => string,
): string[] {
  const given = [vector, halfvec, compact].map((value) => (value === null ? NOTHING : text(value)));
  return [shareText(asked), ...given].map(unbroken);
}

function bytesCells(row: ProfileRow<ProfileBytes>): string[] {
  // Of itself vector is all.
  return cells({ ...row, vector: row.vector && { ...row.vector, share: null } }, bytesText);
}

function bytesText({ bytes, share, forecast }: ProfileBytes): string {
  const mark = forecast ? "*" : "";
  return `${prettyBytes(bytes)}${mark}${share === null ? "" : ` (${shareText(share)})`}`;
}

/** Where there is little room it breaks before the share, and nowhere else. */
function unbroken(text: string): string {
  return text.replaceAll(/ (?!\()/g, "\u00a0");
}

function growthOf(table: ProfileTable): string | undefined {
  const rows = rowsApart(table);
  if (rows === null) return undefined;
  return `vector was measured at about ${countText(rows.baseline)} rows; now there are about ${countText(rows.now)}.`;
}
