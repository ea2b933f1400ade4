import pg from "pg";
import { PAGE_EMBEDDINGS } from "../../../app/embedding-tables.ts";
import { openConnections } from "../../../app/services/halfvec/connections.ts";
import type { TunedProfile } from "../../../app/services/halfvec/events.ts";
import { changeProfile } from "../../../app/services/halfvec/profiles/change-profile.ts";
import { measureBytes } from "../../../app/services/halfvec/table-bytes.ts";
import { MOST_LOSS } from "../../../app/services/halfvec/verify/tune-profile.ts";
import { VERIFICATION_DEFAULTS } from "../../../app/services/halfvec/verify/verify-table.ts";
import { compactIndexName } from "../../../app/services/halfvec/wanted-index.ts";
import { chosenPoint } from "../../../app/services/index-tuning.ts";
import { quantized } from "../../../app/services/rag/similarity-sql/quantized-scan.ts";
import { formatBytes, formatCount, formatShare } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { type BuildFigures, measureBuild } from "../built-index.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import { contractAndRewrite, migrateUntil, settle } from "../migrated-database.ts";
import { queryVectors } from "../search/sides.ts";
import { median } from "../statistics.ts";
import { measureSearches, type SearchFigures, SIDES, type Side, type SideSettings } from "./searches.ts";

const ROWS = 50_000;
const QUERIES = 50;
const TABLE = PAGE_EMBEDDINGS;
/** What the vector index is searched with: the others must find as much, less one point. */
const VECTOR_EF_SEARCH = 40;

/** What each index holds. */
const KEYS: Record<Side, string> = {
  vector: `${TABLE.column} vector_cosine_ops`,
  halfvec: `${TABLE.twin} halfvec_cosine_ops`,
  compact: `(${quantized(TABLE.twin, TABLE)}) bit_hamming_ops`,
};

interface ProfilesResult {
  rows: number;
  /** recall@10 of the vector index, and what the others are asked for, 0 to 1. */
  target: number;
  settings: SideSettings;
  recall: Record<Side, number>;
  builds: Record<Side, BuildFigures[]>;
  searches: Record<Side, SearchFigures[]>;
  /** Heap, TOAST and all indexes: at the baseline, and after contract and a rewrite with one index of the two. */
  totalBytes: Record<Side, number>;
}

/** What was asked of the project beside what each index gives, on one table in one run. */
export const PROFILES = benchmark<ProfilesResult>({
  name: "profiles",
  title: "Index profiles: vector, halfvec and compact",
  async *run(bench) {
    const data = dataOf(bench, ROWS);
    const url = await bench.scratch.template([TABLE], data);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const baseline = (await measureBytes(client, TABLE)).total;
      await migrateUntil(url, "index");
      const builds = await measureBuilds(bench, client);
      const { target, settings, recall } = await tune(url);
      await settle(url, [TABLE]);
      const searches = await measureSearches(bench, url, TABLE, settings, queryVectors(TABLE, QUERIES));
      await migrateUntil(url, "swap");
      await contractAndRewrite(url);
      const { total, indexes } = await measureBytes(client, TABLE);
      const bytesOf = (name: string) => indexes.find((index) => index.name === name)?.bytes ?? 0;
      const totalBytes = {
        vector: baseline,
        halfvec: total - bytesOf(compactIndexName(TABLE)),
        compact: total - bytesOf(TABLE.halfvecIndex),
      };
      yield { result: { rows: data.rows, target, settings, recall, builds, searches, totalBytes } };
    } finally {
      await client.end();
    }
  },
  report: ({ rows, target, settings, recall, builds, searches, totalBytes }) => [
    `${formatCount(rows)} rows of one table, all in memory, 4 connections. vector is searched with ef_search ${VECTOR_EF_SEARCH}; the others with the fewest candidates that reach ${formatShare(target, 1)}, as \`index --profile\` finds them. Total: heap, TOAST and all indexes, at the baseline, and after contract and a rewrite with the one index alone.`,
    "",
    ...markdownTable(
      ["", "asked for", ...SIDES, "halfvec / vector", "compact / vector"],
      [
        row("total", "43 %", (side) => [totalBytes[side]], formatBytes),
        row("index", "34 %", (side) => builds[side].map(({ bytes }) => bytes), formatBytes),
        row("build, s", "–", (side) => builds[side].map(({ seconds }) => seconds)),
        ["candidates", "–", ...SIDES.map((side) => String(settings[side])), "–", "–"],
        ["recall@10", "–", ...SIDES.map((side) => formatShare(recall[side], 1)), "–", "–"],
        row("searches/s", "–", (side) => searches[side].map((one) => one.queriesPerSecond)),
        row("p95, ms", "–", (side) => searches[side].map(({ latencies }) => latencies.p95)),
      ],
    ),
  ],
});

function row(
  name: string,
  asked: string,
  of: (side: Side) => readonly number[],
  format?: (value: number) => string,
): string[] {
  const shown = (side: Side) => (format ? format(median(of(side))) : spread(of(side), 1));
  const times = (side: Side) => ratio(of(side), of("vector"));
  return [name, asked, ...SIDES.map(shown), times("halfvec"), times("compact")];
}

async function measureBuilds(bench: Bench, client: pg.Client): Promise<Record<Side, BuildFigures[]>> {
  const builds: Record<Side, BuildFigures[]> = { vector: [], halfvec: [], compact: [] };
  for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
    for (const side of SIDES) {
      const figures = await measureBuild(client, TABLE, KEYS[side]);
      builds[side].push(figures);
      bench.say(`${side}: built in ${figures.seconds.toFixed(1)} s`);
    }
  }
  return builds;
}

/** Gives the twin its compact index, and finds out how the indexes must be searched. */
async function tune(url: string): Promise<Pick<ProfilesResult, "target" | "settings" | "recall">> {
  const tuned: TunedProfile[] = [];
  await changeProfile(
    await openConnections(url),
    {
      ...VERIFICATION_DEFAULTS,
      efSearch: VECTOR_EF_SEARCH,
      tables: [TABLE],
      profile: "compact",
      dropOther: false,
      handOverMs: 0,
      reconnectSeconds: 0,
    },
    (event) => event.event === "tuned" && tuned.push(event),
    new AbortController().signal,
  );
  const of = (profile: TunedProfile["profile"]) => {
    const tuning = tuned.find((one) => one.profile === profile)?.tuning;
    if (!tuning)
      throw new Error(`the ${profile} index does not find as much as the vector index, less one point`);
    return { target: tuning.target, candidates: tuning.candidates, recall: chosenPoint(tuning)?.recall ?? 0 };
  };
  const [halfvec, compact] = [of("halfvec"), of("compact")];
  return {
    target: compact.target,
    settings: { vector: VECTOR_EF_SEARCH, halfvec: halfvec.candidates, compact: compact.candidates },
    recall: { vector: compact.target + MOST_LOSS, halfvec: halfvec.recall, compact: compact.recall },
  };
}
