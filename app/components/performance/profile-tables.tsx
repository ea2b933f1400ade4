import {
  comparable,
  hasForecast,
  PROFILE_ROWS,
  type ProfileRowName,
  type ProfileTable,
  type ProfileTexts,
  profileCells,
  rowsApart,
} from "../../services/halfvec/profile-table/profile-figures.ts";
import { prettyBytes } from "../../services/monitoring/pretty-bytes.ts";
import { NumberTable } from "../charts/number-table.tsx";
import { countText, millisecondsText, shareText } from "./figures.ts";

const COLUMNS = ["", "Asked", "vector", "halfvec", "compact"];
const TITLES: Record<ProfileRowName, string> = {
  total: "Total",
  index: "HNSW index",
  recall: "Recall@10",
  p95: "p95 of a search",
};
const TEXTS: ProfileTexts = {
  nothing: "–",
  bytes: prettyBytes,
  share: shareText,
  milliseconds: millisecondsText,
};

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

function rowsOf(table: ProfileTable) {
  return PROFILE_ROWS.map((row) => ({
    name: TITLES[row],
    cells: profileCells(table, row, TEXTS).map(unbroken),
  }));
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
