import { setTimeout as sleep } from "node:timers/promises";
import type { EmbeddingTable } from "../../../embedding-tables.ts";
import { type IndexProfile, type IndexTuning, notedTuning } from "../../index-tuning.ts";
import { buildIndex } from "../build-index.ts";
import { withCancellation } from "../cancellation.ts";
import { profileIndexOn, readCatalog, type TableCatalog } from "../catalog.ts";
import type { Connections } from "../connections.ts";
import { RefusedError, throwIfAborted } from "../errors.ts";
import type { Report } from "../events.ts";
import { hnswBytesPerRow } from "../forecast/hnsw-bytes.ts";
import { quoted } from "../identifiers.ts";
import { checkDisk } from "../preflight/check-disk.ts";
import { stopOn } from "../preflight/finding.ts";
import { takingTurns } from "../turn.ts";
import { countEmbedded, hasEmbeddings } from "../unconverted.ts";
import { comparedColumns } from "../verify/compared-columns.ts";
import { noteTuning } from "../verify/note-tuning.ts";
import type { VerificationOptions } from "../verify/verify-table.ts";
import { profileIndex } from "../wanted-index.ts";
import { measureProfiles, type ProfileComparison } from "./measure-profiles.ts";

export interface ProfileOptions extends VerificationOptions {
  tables: readonly EmbeddingTable[];
  profile: IndexProfile;
  /** Whether the index of the other profile is dropped once the app searches by this one. */
  dropOther: boolean;
  /** How long after an index was chosen no search uses the other any more, in milliseconds. */
  handOverMs: number;
  /** How long to wait for a server that went away, in seconds. */
  reconnectSeconds: number;
}

const OTHER: Record<IndexProfile, IndexProfile> = { halfvec: "compact", compact: "halfvec" };
/** What an element of the index holds. */
const INDEXED_TYPE = { halfvec: "halfvec", compact: "bit" } as const;

/**
 * Gives tables the index of a profile: builds it beside the present one, measures both on the table's own rows, and only then
 * the app searches by it. Before the swap that is the twin's index, after it, and after contract, that of the column. Killed at
 * any moment, the next call goes on.
 *
 * @throws RefusedError where a table has no halfvec column yet, the planner would not take the index, or no setting of it finds what
 *   was asked for: the app then searches as before. Back to halfvec no recall is asked for but a chosen one. InterruptedError when `signal` is aborted.
 */
export async function changeProfile(
  connections: Connections,
  options: ProfileOptions,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await takingTurns(
    connections,
    { seconds: options.reconnectSeconds },
    report,
    signal,
    async (heard, turn) => {
      for (const table of options.tables) {
        throwIfAborted(turn);
        await new ProfileChange(connections, table, options, heard, turn).run();
      }
    },
  );
}

class ProfileChange {
  readonly #connections: Connections;
  readonly #table: EmbeddingTable;
  readonly #options: ProfileOptions;
  readonly #report: Report;
  readonly #signal: AbortSignal;

  constructor(
    connections: Connections,
    table: EmbeddingTable,
    options: ProfileOptions,
    report: Report,
    signal: AbortSignal,
  ) {
    this.#connections = connections;
    this.#table = table;
    this.#options = options;
    this.#report = report;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const table = this.#table.name;
    const began = performance.now();
    this.#report({ event: "phase", phase: "index", table, state: "started" });
    await this.#change();
    const seconds = (performance.now() - began) / 1000;
    this.#report({ event: "phase", phase: "index", table, state: "done", seconds });
  }

  async #change(): Promise<void> {
    const { profile, dropOther } = this.#options;
    const catalog = await this.#catalog();
    const column = halfvecColumn(this.#table, catalog);
    if (dropOther) requireSwapped(this.#table, catalog);
    if (!(await this.#connections.use("profiles", (client) => hasEmbeddings(client, this.#table)))) {
      return this.#tellUnmeasured();
    }
    const wanted = profileIndex(this.#table, profile, column);
    if (!wanted.stands(catalog)) await this.#requireRoom();
    const buildSeconds = await buildIndex(this.#connections, wanted, this.#report, this.#signal);
    const built = buildSeconds !== null;
    const measured = await this.#measure();
    if (measured === null) {
      if (built) await this.#drop(profile, column);
      return this.#tellUnmeasured();
    }
    await this.#choose(column, measured, buildSeconds);
    if (dropOther) await this.#dropOther(column);
  }

  /** @throws RefusedError where the disk has less room than the index will take, as far as that can be known. */
  async #requireRoom(): Promise<void> {
    const { dimensions, hnsw } = this.#table;
    const perRow = hnswBytesPerRow(INDEXED_TYPE[this.#options.profile], dimensions, hnsw.m);
    await this.#connections.use("profiles", async (client) => {
      const rows = await countEmbedded(client, this.#table);
      stopOn(await checkDisk(client, [this.#table], rows * perRow), this.#report);
    });
  }

  #tellUnmeasured(): void {
    const { name: table } = this.#table;
    const message = `${table} has no embeddings to measure an index with, so it keeps the one that it has`;
    this.#report({ event: "warning", table, message });
  }

  #catalog(): Promise<TableCatalog> {
    return this.#connections.use("catalog", (client) => readCatalog(client, this.#table));
  }

  #measure(): Promise<ProfileComparison | null> {
    return this.#connections.use("profiles", (client) =>
      measureProfiles(client, this.#table, this.#options, this.#report, this.#signal),
    );
  }

  /** Writes down what was measured, by which the app finds its index; or refuses the index. */
  async #choose(column: string, measured: ProfileComparison, buildSeconds: number | null): Promise<void> {
    const { profile } = this.#options;
    const built = buildSeconds !== null;
    const own = measured.profiles[profile];
    const obstacle = this.#obstacle(measured);
    // The way back to whole values stays open, however little they find of what was asked for.
    const goesBack = profile === "halfvec" && measured.plan.ok && this.#options.targetRecall === null;
    if (obstacle !== null && !goesBack) {
      if (built) await this.#drop(profile, column);
      const left = built ? "It was dropped again; searches" : "Searches";
      const advice = own?.tuning === null ? " To ask for less: --target-recall" : "";
      throw new RefusedError(`${obstacle}. ${left} go on as before.${advice}`);
    }
    if (obstacle !== null) {
      const message = `${obstacle}; so searches take it with HNSW_EF_SEARCH`;
      this.#report({ event: "warning", table: this.#table.name, message });
    }
    const other = measured.profiles[OTHER[profile]];
    // A compact index that counts goes before the other.
    if (other !== undefined) await this.#note(OTHER[profile], column, other.tuning, profile === "compact");
    const tuning = own?.tuning ?? null;
    await this.#note(profile, column, built && tuning ? { ...tuning, buildSeconds } : tuning, true);
    for (const [name, { index, tuning, curve }] of Object.entries(measured.profiles)) {
      this.#report({
        event: "tuned",
        table: this.#table.name,
        profile: name as IndexProfile,
        index: index.name,
        bytes: index.bytes,
        searched: name === profile,
        tuning,
        curve,
      });
    }
  }

  /** Why the index is not to be searched; null where it is. */
  #obstacle({ profiles, target, plan }: ProfileComparison): string | null {
    const { profile, k } = this.#options;
    const own = profiles[profile];
    const name = `the ${profile} index of ${this.#table.name}`;
    const best = own?.curve.at(-1);
    if (own === undefined || best === undefined) return `${name} was not found`;
    if (own.tuning === null) {
      const why =
        profile === "compact" ? ". The signs of these vectors do not tell them apart well enough" : "";
      return `${name} finds recall@${k} ${percent(best.recall)} with ${best.candidates} candidates, where ${percent(target)} is asked for${why}`;
    }
    return plan.ok ? null : `${name} is not searched: ${plan.detail}`;
  }

  async #note(
    profile: IndexProfile,
    column: string,
    tuning: IndexTuning | null,
    counts: boolean,
  ): Promise<void> {
    const index = profileIndexOn(await this.#catalog(), profile, column);
    if (index === undefined) return;
    // What others wrote about an index stays until there is something better to say.
    if (tuning === null && notedTuning(index.comment) === null) return;
    const noted = tuning && { tuning, counts };
    await this.#connections.use("profiles", (client) => noteTuning(client, this.#table, index.name, noted));
  }

  async #dropOther(column: string): Promise<void> {
    const other = OTHER[this.#options.profile];
    if (profileIndexOn(await this.#catalog(), other, column) === undefined) return;
    await sleep(this.#options.handOverMs, undefined, { signal: this.#signal }).catch(() => undefined);
    throwIfAborted(this.#signal);
    await this.#drop(other, column);
  }

  async #drop(profile: IndexProfile, column: string): Promise<void> {
    const index = profileIndexOn(await this.#catalog(), profile, column);
    if (index === undefined) return;
    await this.#connections.use("profiles", (client) =>
      withCancellation(this.#connections, client, this.#signal, () =>
        client.query(`DROP INDEX CONCURRENTLY ${quoted(this.#table.schema)}.${quoted(index.name)}`),
      ),
    );
    this.#report({ event: "dropped", table: this.#table.name, index: index.name, bytes: index.bytes });
  }
}

/** @throws RefusedError before there is one. */
function halfvecColumn(table: EmbeddingTable, catalog: TableCatalog): string {
  switch (catalog.phase) {
    case "absent":
    case "baseline":
      throw new RefusedError(
        `${table.name} has no halfvec column yet. First run: npm run migrate:halfvec -- run --until convert`,
      );
    default:
      return comparedColumns(table, catalog.phase).halfvec.name;
  }
}

/** The swap stands on the halfvec index, and so does its guard. @throws RefusedError before it. */
function requireSwapped(table: EmbeddingTable, { phase }: TableCatalog): void {
  if (phase === "swapped" || phase === "contracted") return;
  throw new RefusedError(
    `${table.name} is not swapped yet, and the swap needs its halfvec index. First run: npm run migrate:halfvec`,
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
