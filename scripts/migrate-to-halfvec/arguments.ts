import { parseArgs } from "node:util";
import leven from "leven";
import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { CONTRACT_AFTER_DAYS } from "../../app/services/halfvec/contract/readiness.ts";
import { RECLAIMS, type Reclaim } from "../../app/services/halfvec/contract/reclaim.ts";
import { CONVERSION_DEFAULTS, type ConversionOptions } from "../../app/services/halfvec/convert/options.ts";
import {
  PHASE_NAMES,
  type PhaseName,
  ROLLBACK_TARGETS,
  type RollbackTarget,
} from "../../app/services/halfvec/phases.ts";
import { RECONNECT_SECONDS } from "../../app/services/halfvec/reconnection.ts";
import { VALUE_STORAGES, type ValueStorage } from "../../app/services/halfvec/value-storages.ts";
import { INDEX_PROFILES, type IndexProfile } from "../../app/services/index-tuning.ts";
import { databaseUrlProblem } from "../database-url.ts";
import { repeatedOption } from "../repeated-option.ts";
import { COMMANDS, type CommandName, FORCE_WORDS, OPTIONS, type OptionName } from "./commands.ts";

/** The command line is wrong; the message says what and how to write it. Exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

export interface Arguments {
  command: CommandName;
  help: boolean;
  json: boolean;
  yes: boolean;
  until: PhaseName;
  to: RollbackTarget;
  reclaim: Reclaim;
  /** Where values are after the rewrite; null leaves that as it is. */
  storage: ValueStorage | null;
  /** Days since the swap that contract waits for; 0 where it was forced. */
  afterDays: number;
  /** The index to search by; undefined for the step of the migration. */
  profile: IndexProfile | undefined;
  /** Mean recall to reach, 0 to 1; null for that of the vector index, less one point. */
  targetRecall: number | null;
  dropOther: boolean;
  reconnectSeconds: number;
  tables: readonly EmbeddingTable[];
  conversion: ConversionOptions;
  databaseUrl: string | undefined;
}

/** @throws UsageError that names the word that is wrong, with a suggestion where one is near. */
export function parseArguments(words: readonly string[]): Arguments & { named: CommandName | undefined } {
  const { values, positionals } = parse(words);
  const [word, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`one command at a time: '${rest[0]}' is too many`);
  const command = word ?? "run";
  if (!isCommand(command))
    throw new UsageError(`unknown command '${command}'${suggestion(command, Object.keys(COMMANDS))}`);
  const allowed: readonly string[] = COMMANDS[command].options;
  for (const name of Object.keys(values)) {
    if (!allowed.includes(name)) throw new UsageError(`--${name} does not go with '${command}'`);
  }
  for (const name of ["target-recall", "drop-other"] as const) {
    if (command === "index" && values[name] !== undefined && values.profile === undefined) {
      throw new UsageError(`--${name} goes with --profile ${INDEX_PROFILES.join(" or --profile ")}`);
    }
  }
  const reclaim = oneOf("reclaim", values.reclaim, RECLAIMS) ?? "none";
  const storage = oneOf("storage", values.storage, VALUE_STORAGES) ?? null;
  if (storage !== null && reclaim === "none") {
    throw new UsageError(
      "--storage goes with --reclaim vacuum-full or --reclaim pg_repack: values move when the table is rewritten",
    );
  }
  return {
    command,
    named: word === undefined ? undefined : command,
    help: values.help === true,
    json: values.json === true,
    yes: values.yes === true,
    until: oneOf("until", values.until, PHASE_NAMES) ?? "swap",
    to: oneOf("to", values.to, ROLLBACK_TARGETS) ?? "baseline",
    reclaim,
    storage,
    afterDays: afterDaysOf(values),
    profile: oneOf("profile", values.profile, INDEX_PROFILES),
    targetRecall: shareOf("target-recall", values["target-recall"]),
    dropOther: values["drop-other"] === true,
    reconnectSeconds:
      wholeNumber("reconnect-seconds", values["reconnect-seconds"], 0, 86_400) ?? RECONNECT_SECONDS,
    tables: tablesOf(values.tables),
    conversion: {
      ...CONVERSION_DEFAULTS,
      workers: wholeNumber("workers", values.workers, 1, 64) ?? CONVERSION_DEFAULTS.workers,
      rowsPerSecond:
        wholeNumber("rows-per-second", values["rows-per-second"], 1, 1e9) ??
        CONVERSION_DEFAULTS.rowsPerSecond,
      batchMs: wholeNumber("batch-ms", values["batch-ms"], 1, 60_000) ?? CONVERSION_DEFAULTS.batchMs,
      lockTimeoutMs:
        wholeNumber("lock-timeout", values["lock-timeout"], 1, 600_000) ?? CONVERSION_DEFAULTS.lockTimeoutMs,
      maxReplicaLagSeconds:
        wholeNumber("max-replica-lag", values["max-replica-lag"], 1, 1e9) ??
        CONVERSION_DEFAULTS.maxReplicaLagSeconds,
    },
    databaseUrl: urlOf(values["database-url"]),
  };
}

type Values = { [Name in OptionName]?: (typeof OPTIONS)[Name]["type"] extends "string" ? string : boolean };

function parse(words: readonly string[]): { values: Values; positionals: string[] } {
  const { values, positionals, tokens } = parseWords(words);
  const repeated = repeatedOption(tokens);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is there twice; once is enough`);
  return { values, positionals };
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: Object.fromEntries(Object.entries(OPTIONS).map(([name, { type }]) => [name, { type }])),
      allowPositionals: true,
      tokens: true,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, dashes, unknown] = /Unknown option '(--?)([^']+)'/.exec(message) ?? [];
    if (unknown === undefined) throw new UsageError(message);
    throw new UsageError(
      `unknown option '${dashes}${unknown}'${suggestion(unknown, Object.keys(OPTIONS), "--")}`,
    );
  }
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function suggestion(word: string, known: readonly string[], prefix = ""): string {
  const [nearest] = known
    .map((name) => ({ name, distance: leven(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest && nearest.distance <= Math.max(2, word.length / 3))
    return `; did you mean '${prefix}${nearest.name}'?`;
  return `; known are ${known.map((name) => prefix + name).join(", ")}`;
}

function oneOf<Name extends string>(
  option: OptionName,
  word: string | undefined,
  names: readonly Name[],
): Name | undefined {
  if (word === undefined) return undefined;
  const found = names.find((name) => name === word);
  if (!found) throw new UsageError(`--${option} '${word}' is not known${suggestion(word, names)}`);
  return found;
}

function afterDaysOf(values: Values): number {
  const days = wholeNumber("after-days", values["after-days"], 0, 36_500) ?? CONTRACT_AFTER_DAYS;
  return isForced(values.force) ? 0 : days;
}

function isForced(words: string | undefined): boolean {
  if (words === undefined) return false;
  if (words === FORCE_WORDS) return true;
  throw new UsageError(`--force '${words}': to contract at once, type the words: --force "${FORCE_WORDS}"`);
}

function tablesOf(list: string | undefined): readonly EmbeddingTable[] {
  if (list === undefined) return EMBEDDING_TABLES;
  const names = list.split(",").map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    const table = EMBEDDING_TABLES.find((known) => known.name === name);
    if (table) return table;
    throw new UsageError(
      `--tables: no embedding table '${name}'${suggestion(
        name,
        EMBEDDING_TABLES.map((known) => known.name),
      )}`,
    );
  });
}

function wholeNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most)) {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new UsageError(`--${name} ${shown}: a whole number from ${least} to ${most} is needed`);
  }
  return number;
}

/** A share of 0 to 1 from percent. */
function shareOf(name: OptionName, text: string | undefined): number | null {
  if (text === undefined) return null;
  const percent = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(percent > 0 && percent <= 100)) {
    throw new UsageError(
      `--${name} ${text}: a number of percent above 0 and up to 100 is needed, such as 97.5`,
    );
  }
  return percent / 100;
}

function urlOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const problem = databaseUrlProblem(text);
  if (problem !== null) throw new UsageError(`--database-url: ${problem}`);
  return text;
}
