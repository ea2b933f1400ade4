import type pg from "pg";
import { PAGE_EMBEDDINGS } from "../../../app/embedding-tables.ts";
import { openConnections } from "../../../app/services/halfvec/connections.ts";
import { reclaimSpace } from "../../../app/services/halfvec/contract/reclaim.ts";
import type { TunedProfile } from "../../../app/services/halfvec/events.ts";
import { changeProfile } from "../../../app/services/halfvec/profiles/change-profile.ts";
import { measureBytes } from "../../../app/services/halfvec/table-bytes.ts";
import { MOST_LOSS } from "../../../app/services/halfvec/verify/recall-target.ts";
import { VERIFICATION_DEFAULTS } from "../../../app/services/halfvec/verify/verify-table.ts";
import { compactIndexName } from "../../../app/services/halfvec/wanted-index.ts";
import { chosenPoint, type IndexProfile } from "../../../app/services/index-tuning.ts";
import { quantized } from "../../../app/services/rag/similarity-sql/quantized-scan.ts";
import { formatBytes, formatCount, formatShare } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark } from "../benchmark.ts";
import { type BuildFigures, measureBuild } from "../built-index.ts";
import { connected } from "../connected.ts";
import { markdownTable, ratio, spread } from "../markdown.ts";
import { contractAndRewrite, migrateUntil, settle } from "../migrated-database.ts";
import type { Throughput } from "../search/throughput.ts";
import { median } from "../statistics.ts";
import { type CostFigures, measureCosts } from "./costs.ts";
import { type ProfileData, readProfileData } from "./data.ts";
import { measureRecallOfStrangers } from "./recall.ts";
import { measureThroughput } from "./searches.ts";
import { type OfSides, ofSides, SIDES, type Side, type SideSettings } from "./sides.ts";

const TABLE = PAGE_EMBEDDINGS;
/** What the vector index is searched with: the others must find as much, less one point. */
const VECTOR_EF_SEARCH = 40;

/** What each index holds, before the swap. */
const KEYS = {
  vector: `${TABLE.column} vector_cosine_ops`,
  halfvec: `${TABLE.twin} halfvec_cosine_ops`,
  compact: `(${quantized(TABLE.twin, TABLE)}) bit_hamming_ops`,
} as const;
type Indexed = keyof typeof KEYS;
const INDEXED = Object.keys(KEYS) as Indexed[];

interface ProfilesResult {
  rows: number;
  /** Real text, or generated. */
  data: ProfileData["kind"];
  /** Whether the server reads around the memory of the operating system, so that not everything is in memory. */
  directIo: boolean;
  /** What the indexes are tuned with. */
  queries: "rows" | "queries between rows";
  /** What the others are asked for, recall@10 of those, 0 to 1. */
  target: number;
  settings: SideSettings;
  /** recall@10 of what the indexes are tuned with, and of queries that have nothing of any row. */
  recall: OfSides<number>;
  recallOfStrangers: OfSides<number>;
  builds: Record<Indexed, BuildFigures[]>;
  searches: OfSides<Throughput[]>;
  costs: OfSides<CostFigures[]>;
  /** Heap, TOAST and all indexes: at the baseline, and after contract and a rewrite with one index. */
  totalBytes: OfSides<number>;
}

/** What was asked of the project beside what each index gives, on one table in one run. */
export const PROFILES = benchmark<ProfilesResult>({
  name: "profiles",
  title: "Index profiles: vector, halfvec and compact",
  async *run(bench) {
    const data = await readProfileData(bench, TABLE);
    const vector = await bench.scratch.template([TABLE], data.rows);
    const halfvec = await bench.scratch.copy(vector);
    await migrateUntil(halfvec, "index");
    const builds = await measureBuilds(bench, halfvec);
    const { target, settings, recall } = await tune(halfvec);
    const urls = await databases(bench, vector, halfvec);
    const totalBytes = await ofSides((side) =>
      connected(urls[side], async (client) => (await measureBytes(client, TABLE)).total),
    );
    for (const side of SIDES) await settle(urls[side], [TABLE]);
    const { kind, queries } = data;
    const recallOfStrangers = await measureRecallOfStrangers(urls, TABLE, settings, queries);
    const searches = await measureThroughput(bench, urls, TABLE, settings, queries);
    const costs = await measureCosts(bench, urls, TABLE);
    const directIo = await connected(halfvec, isDirect);
    const asked = { queries: "queries between rows", target } as const;
    const result = { rows: data.rows.rows, data: kind, directIo, ...asked, settings, recall };
    const part = [...(kind === "text" ? ["text"] : []), ...(directIo ? ["direct-io"] : [])].join("-");
    yield {
      ...(part === "" ? {} : { part }),
      result: { ...result, recallOfStrangers, builds, searches, costs, totalBytes },
    };
  },
  report: ({ rows, data, directIo, target, settings, builds, searches, costs, ...result }) => [
    `${formatCount(rows)} rows of one table, ${data === "text" ? "real text embedded by the local model" : "generated"}, ${directIo ? "**more than fits into memory** (debug_io_direct = data)" : "all in memory"}, 4 connections. Each side is a database of its own: vector at the baseline, the others after contract and a rewrite with the one index; \`inline\` is compact with the values in their rows (\`--storage inline\`). vector is searched with ef_search ${VECTOR_EF_SEARCH}; the others with the fewest candidates that reach ${formatShare(target, 1)} with ${result.queries}, as \`index --profile\` finds them.`,
    "",
    ...markdownTable(
      ["", "asked for", ...SIDES, ...SIDES.slice(1).map((side) => `${side} / vector`)],
      [
        row("total", "43 %", (side) => [result.totalBytes[side]], formatBytes),
        row("index", "34 %", (side) => builds[indexedAs(side)].map(({ bytes }) => bytes), formatBytes),
        row("build, s", "–", (side) => builds[indexedAs(side)].map(({ seconds }) => seconds)),
        plain("candidates", (side) => String(settings[side])),
        plain(`recall@10 of ${result.queries}`, (side) => formatShare(result.recall[side], 1)),
        plain("recall@10 of other queries", (side) => formatShare(result.recallOfStrangers[side], 1)),
        row("searches/s", "–", (side) => searches[side].map((one) => one.queriesPerSecond)),
        row("p95, ms", "–", (side) => searches[side].map(({ latencies }) => latencies.p95)),
        row("UPDATE of another column, ms", "–", (side) => costs[side].map(({ update }) => update)),
        row("scan of another column, ms", "–", (side) => costs[side].map(({ scan }) => scan)),
      ],
    ),
  ],
});

function indexedAs(side: Side): Indexed {
  return side === "inline" ? "compact" : side;
}

function row(
  name: string,
  asked: string,
  of: (side: Side) => readonly number[],
  format?: (value: number) => string,
): string[] {
  const shown = (side: Side) => (format ? format(median(of(side))) : spread(of(side), 1));
  const times = SIDES.slice(1).map((side) => ratio(of(side), of("vector")));
  return [name, asked, ...SIDES.map(shown), ...times];
}

function plain(name: string, of: (side: Side) => string): string[] {
  return [name, "–", ...SIDES.map(of), ...SIDES.slice(1).map(() => "–")];
}

function measureBuilds(bench: Bench, url: string): Promise<Record<Indexed, BuildFigures[]>> {
  return connected(url, async (client) => {
    const builds: Record<Indexed, BuildFigures[]> = { vector: [], halfvec: [], compact: [] };
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const index of INDEXED) {
        const figures = await measureBuild(client, TABLE, KEYS[index]);
        builds[index].push(figures);
        bench.say(`${index}: built in ${figures.seconds.toFixed(1)} s`);
      }
    }
    return builds;
  });
}

/** Swaps and contracts, and gives each profile a database with its index alone. */
async function databases(bench: Bench, vector: string, halfvec: string): Promise<OfSides<string>> {
  await migrateUntil(halfvec, "swap");
  await contractAndRewrite(halfvec);
  const compact = await bench.scratch.copy(halfvec);
  const drop = (url: string, index: string) =>
    connected(url, (client) => client.query(`DROP INDEX ${index}`));
  await drop(halfvec, compactIndexName(TABLE));
  await drop(compact, TABLE.halfvecIndex);
  const inline = await bench.scratch.copy(compact);
  await reclaimSpace(
    await openConnections(inline),
    { tables: [TABLE], reclaim: "vacuum-full", storage: "inline", lockTimeoutMs: 5000, runRepack: null },
    () => undefined,
    new AbortController().signal,
  );
  return { vector, halfvec, compact, inline };
}

async function isDirect(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ direct: string }>(
    "SELECT current_setting('debug_io_direct') AS direct",
  );
  return rows[0]?.direct.includes("data") ?? false;
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
  const of = (profile: IndexProfile) => {
    const tuning = tuned.find((one) => one.profile === profile)?.tuning;
    if (!tuning)
      throw new Error(`the ${profile} index does not find as much as the vector index, less one point`);
    return { target: tuning.target, candidates: tuning.candidates, recall: chosenPoint(tuning)?.recall ?? 0 };
  };
  const [halfvec, compact] = [of("halfvec"), of("compact")];
  const both = <Value>(vector: Value, half: Value, signs: Value): OfSides<Value> => ({
    vector,
    halfvec: half,
    compact: signs,
    inline: signs,
  });
  return {
    target: compact.target,
    settings: both(VECTOR_EF_SEARCH, halfvec.candidates, compact.candidates),
    recall: both(compact.target + MOST_LOSS, halfvec.recall, compact.recall),
  };
}
