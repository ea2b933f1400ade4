import type { IndexProfile } from "../../index-tuning.ts";

/** What was asked for, and what each kind of index gives on one table. Null: not measured, or not there. */
export interface ProfileTable {
  readonly table: string;
  readonly rows: {
    /** By the statistics: when vector was measured, and now. Null where there were none. */
    readonly baseline: number | null;
    readonly now: number | null;
    /** About how many have an embedding now. */
    readonly embedded: number | null;
  };
  /** Heap, TOAST and all indexes: at the baseline, and after contract and a rewrite with the one index alone. */
  readonly total: ProfileRow<ProfileBytes>;
  /** The HNSW index. */
  readonly index: ProfileRow<ProfileBytes>;
  /** Mean recall@10 against exact search, 0 to 1. */
  readonly recall: ProfileRow<number>;
  /** Of a search, in milliseconds. */
  readonly p95: ProfileRow<number>;
}

export interface ProfileRow<Value> extends Readonly<Record<"vector" | IndexProfile, Value | null>> {
  /** Share of what vector takes, 0 to 1; null where nothing was asked. */
  readonly asked: number | null;
}

export interface ProfileBytes {
  readonly bytes: number;
  /** Of what vector took, 0 to 1; null where that is not known. */
  readonly share: number | null;
  /** Whether it is computed, not measured. */
  readonly forecast: boolean;
}

/** The rows of the table as every screen shows them. */
export const PROFILE_ROWS = ["total", "index", "recall", "p95"] as const;
export type ProfileRowName = (typeof PROFILE_ROWS)[number];

/** How a screen writes its figures. */
export interface ProfileTexts {
  /** In place of what is not known. */
  readonly nothing: string;
  bytes(bytes: number): string;
  /** 0 to 1. */
  share(share: number | null, digits?: number): string;
  milliseconds(time: number): string;
}

/** A row as text: asked, vector, halfvec, compact. A forecast has an asterisk, bytes their share of vector in brackets. */
export function profileCells(table: ProfileTable, name: ProfileRowName, texts: ProfileTexts): string[] {
  const cells = <Value>(
    { asked, vector, halfvec, compact }: ProfileRow<Value>,
    text: (value: Value) => string,
  ) => [
    texts.share(asked),
    ...[vector, halfvec, compact].map((value) => (value === null ? texts.nothing : text(value))),
  ];
  const bytes = ({ vector, ...row }: ProfileRow<ProfileBytes>) =>
    // Of itself vector is all.
    cells({ ...row, vector: vector && { ...vector, share: null } }, (figure) => {
      const share = figure.share === null ? "" : ` (${texts.share(figure.share)})`;
      return `${texts.bytes(figure.bytes)}${figure.forecast ? "*" : ""}${share}`;
    });
  switch (name) {
    case "total":
      return bytes(table.total);
    case "index":
      return bytes(table.index);
    case "recall":
      return cells(table.recall, (share) => texts.share(share, 1));
    case "p95":
      return cells(table.p95, texts.milliseconds);
  }
}

/** Rows that came or went beyond this share explain more of the bytes than the index. */
const GROWN = 0.1;

/** Those that have something to compare: a table without embeddings has not. */
export function comparable<Of extends ProfileTable>(tables: readonly Of[]): readonly Of[] {
  return tables.filter(({ rows }) => rows.embedded !== 0);
}

/** Whether any of the bytes is computed, not measured. */
export function hasForecast({ total, index }: ProfileTable): boolean {
  return [total, index].some(({ halfvec, compact }) => halfvec?.forecast || compact?.forecast);
}

/** The rows then and now, where they are too far apart for the bytes to be compared as they are; else null. */
export function rowsApart({
  rows: { baseline, now },
}: ProfileTable): { baseline: number; now: number } | null {
  if (baseline === null || now === null) return null;
  return Math.abs(now - baseline) > GROWN * baseline ? { baseline, now } : null;
}
