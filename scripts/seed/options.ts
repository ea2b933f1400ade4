import { parseArgs } from "node:util";
import leven from "leven";
import { EMBEDDING_TABLES, type EmbeddingTable } from "../../app/embedding-tables.ts";
import { SYNTHETIC_LIMITS } from "../../app/services/synthetic/synthetic-options.ts";
import { databaseUrlProblem } from "../database-url.ts";
import { repeatedOption } from "../repeated-option.ts";

/** The command line is wrong; the message says what and how to write it. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const SEED_HELP = `Usage: npm run seed -- --from DIR [--workspace NAME] [--limit N]
       npm run seed -- --packages [--workspace NAME] [--limit N]
       npm run seed -- --synthetic N [--tables a,b] [--seed N] [--ids v4|v7] [--row-bytes N] [--workspaces N]

Fills the database. The tables must be there: npm run db:deploy -- --through init

--from DIR           the Markdown files under a folder, as the pages of a workspace, with embeddings
--packages           the Markdown documents of this project and of the packages in node_modules, and the
                     packages' descriptions as the rows of a database
  --workspace NAME   default: the name of the folder, or "Packages"
  --limit N          embed about N texts at most (default: all; 1,500 for --packages, about a minute on 2 cores)
  What is there already and has not changed is left alone.

--synthetic N        N generated rows more in each embedding table, distributed like embeddings of real text
  --tables a,b       only these: ${EMBEDDING_TABLES.map(({ name }) => name).join(", ")}
  --seed N           another seed makes other rows (default 1)
  --ids v4|v7        random or time-ordered ids (default v7)
  --row-bytes N      about how many bytes of a row are not its embedding (default 400)
  --workspaces N     over how many workspaces the rows are spread, the first has most (default 3)
  --keep-indexes     leave the HNSW indexes in place while rows are added (about 2.4 ms a row and table). Default:
                     an empty table is loaded without them and they are built afterwards; its readers wait

--database-url URL   default: DATABASE_URL, else the embedded database, started for as long as it takes
--help               this text

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (an import goes on when it is run again).
`;

export type SeedCommand =
  | { kind: "help" }
  | {
      kind: "folder";
      directory: string;
      workspace: string | undefined;
      limit: number | undefined;
      databaseUrl: string | undefined;
    }
  | {
      kind: "packages";
      workspace: string | undefined;
      limit: number | undefined;
      databaseUrl: string | undefined;
    }
  | ({ kind: "synthetic"; databaseUrl: string | undefined } & SyntheticOptions);

export interface SyntheticOptions {
  rows: number;
  tables: readonly EmbeddingTable[];
  seed: number;
  ids: "v4" | "v7";
  rowBytes: number;
  workspaces: number;
  keepIndexes: boolean;
}

const OPTIONS = {
  from: { type: "string" },
  packages: { type: "boolean" },
  synthetic: { type: "string" },
  workspace: { type: "string" },
  limit: { type: "string" },
  tables: { type: "string" },
  seed: { type: "string" },
  ids: { type: "string" },
  "row-bytes": { type: "string" },
  workspaces: { type: "string" },
  "keep-indexes": { type: "boolean" },
  "database-url": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

type OptionName = keyof typeof OPTIONS;

const SOURCES = ["from", "packages", "synthetic"] as const;

const ALLOWED: Record<(typeof SOURCES)[number], readonly OptionName[]> = {
  from: ["workspace", "limit"],
  packages: ["workspace", "limit"],
  synthetic: ["tables", "seed", "ids", "row-bytes", "workspaces", "keep-indexes"],
};

/** @throws {UsageError} naming the word that is wrong, with a suggestion where one is near */
export function parseSeedCommand(words: readonly string[]): SeedCommand {
  const values = parse(words);
  if (values.help) return { kind: "help" };
  const [source, ...more] = SOURCES.filter((name) => values[name] !== undefined);
  if (source === undefined)
    throw new UsageError("say what to fill it with: --from DIR, --packages or --synthetic N");
  if (more.length > 0) throw new UsageError(`--${source} and --${more[0]} do not go together`);
  for (const name of Object.keys(values) as OptionName[]) {
    if (name !== source && name !== "database-url" && !ALLOWED[source].includes(name)) {
      throw new UsageError(`--${name} does not go with --${source}`);
    }
  }
  const { workspace, "database-url": databaseUrl } = values;
  for (const name of ["from", "workspace"] as const) {
    if (values[name]?.trim() === "") throw new UsageError(`--${name} takes a name, not '${values[name]}'`);
  }
  const wrongUrl = databaseUrl === undefined ? null : databaseUrlProblem(databaseUrl);
  if (wrongUrl !== null) throw new UsageError(`--database-url: ${wrongUrl}`);
  const limit = wholeNumber("limit", values.limit, { least: 1, most: Number.MAX_SAFE_INTEGER });
  if (source === "packages") return { kind: "packages", workspace, limit, databaseUrl };
  if (source === "from")
    return { kind: "folder", directory: values.from ?? "", workspace, limit, databaseUrl };
  return {
    kind: "synthetic",
    databaseUrl,
    rows: wholeNumber("synthetic", values.synthetic, SYNTHETIC_LIMITS.rows) ?? 1,
    tables: tablesOf(values.tables),
    seed: wholeNumber("seed", values.seed, SYNTHETIC_LIMITS.seed) ?? 1,
    ids: oneOf("ids", values.ids, ["v4", "v7"]) ?? "v7",
    rowBytes: wholeNumber("row-bytes", values["row-bytes"], SYNTHETIC_LIMITS.rowBytes) ?? 400,
    workspaces: wholeNumber("workspaces", values.workspaces, SYNTHETIC_LIMITS.workspaces) ?? 3,
    keepIndexes: values["keep-indexes"] ?? false,
  };
}

function parse(words: readonly string[]) {
  const { values, tokens } = parsed(words);
  const repeated = repeatedOption(tokens);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given more than once`);
  return values;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: false, tokens: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const unknown = /Unknown option '-{0,2}([^']+)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(message);
    throw new UsageError(`unknown option '--${unknown}'${suggestion(unknown, Object.keys(OPTIONS), "--")}`);
  }
}

function tablesOf(names: string | undefined): readonly EmbeddingTable[] {
  if (names === undefined) return EMBEDDING_TABLES;
  return [...new Set(names.split(",").map((word) => word.trim()))].map((name) => {
    const known = EMBEDDING_TABLES.map((table) => table.name);
    const table = EMBEDDING_TABLES[known.indexOf(name)];
    if (!table)
      throw new UsageError(`unknown table '${name}'${suggestion(name, known) || `: ${known.join(", ")}`}`);
    return table;
  });
}

/** Digits, which may stand in groups of three: 20000, 20,000 or 20_000. */
function wholeNumber(
  name: OptionName,
  value: string | undefined,
  { least, most }: { least: number; most: number },
): number | undefined {
  if (value === undefined) return undefined;
  const number = /^(\d+|\d{1,3}([_,]\d{3})+)$/.test(value) ? Number(value.replace(/[_,]/g, "")) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least}` : `${least} to ${most}`;
  throw new UsageError(`--${name} takes a whole number from ${range}, not '${value}'`);
}

function oneOf<Word extends string>(name: OptionName, value: string | undefined, words: readonly Word[]) {
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`--${name} takes ${words.join(" or ")}, not '${value}'`);
  return found;
}

/** `; did you mean …?` where a known word is at most a third of the letters away. */
function suggestion(word: string, known: readonly string[], prefix = ""): string {
  const [nearest] = known
    .map((name) => ({ name, distance: leven(word, name) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest === undefined || nearest.distance > Math.max(2, nearest.name.length / 3)) return "";
  return `; did you mean '${prefix}${nearest.name}'?`;
}
