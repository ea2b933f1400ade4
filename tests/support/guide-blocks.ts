/** A fenced block of commands in the guide, with what the comment above it says of it. */
export interface GuideBlock {
  /** Line of the fence in the guide. */
  line: number;
  heading: string;
  language: "sh" | "sql";
  text: string;
  /** The state of the database on which it runs; null: the one that the block before it has left. */
  on: string | null;
  /** Which migrations the working copy has from here on; null: as before. */
  checkout: string | null;
  /** Exit code of the last command. */
  exit: number;
  /** What its output has to contain. */
  says: string | null;
  /** The phase of every table afterwards. */
  leaves: string | null;
  /** Whether its last statement has to return rows. */
  rows: boolean;
  /** Programs that not every machine has, and `server`. */
  needs: string[];
  /** What the guide shows of its output. */
  printed: string | null;
}

/** Blocks that follow each other on one database. */
export interface GuideScenario {
  title: string;
  on: string;
  needs: string[];
  blocks: GuideBlock[];
}

const COMMENT = /^<!-- (.*) -->$/;
const FENCE = /^```(.*)$/;

/**
 * The commands of a guide. Above each block of `sh` or `sql` stands a comment, which a reader does not see:
 * `<!-- on: swapped; leaves: baseline -->` begins a scenario on a database in that state, `<!-- then -->` goes on with it.
 * `<!-- printed -->` above a block of `text` says that it shows the output of the block before it.
 * @throws Error for a block without such a comment, a comment without a block, and a word that is not known.
 */
export function readScenarios(markdown: string): GuideScenario[] {
  const scenarios: GuideScenario[] = [];
  const lines = markdown.split("\n");
  let heading = "";
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    if (COMMENT.test(line) && !FENCE.test(lines[index + 1] ?? "")) {
      throw new Error(`line ${index + 1}: a comment with no block under it: ${line}`);
    }
    const language = FENCE.exec(line)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", index + 1);
    const text = lines.slice(index + 1, end).join("\n");
    const words = COMMENT.exec(lines[index - 1] ?? "")?.[1];
    take(scenarios, { line: index + 1, heading, language, text, words });
    index = end;
  }
  return scenarios;
}

interface Found {
  line: number;
  heading: string;
  language: string;
  text: string;
  words: string | undefined;
}

function take(scenarios: GuideScenario[], { line, heading, language, text, words }: Found): void {
  const last = scenarios.at(-1);
  if (language === "text") {
    const shown = last?.blocks.at(-1);
    if (words === "printed" && shown) shown.printed = text;
    else if (words !== undefined) throw new Error(`line ${line}: '${words}' does not go with text`);
    return;
  }
  if (language !== "sh" && language !== "sql") {
    throw new Error(`line ${line}: a block in '${language}'; known are sh, sql and text`);
  }
  if (words === undefined) throw new Error(`line ${line}: a block of ${language} with no comment above it`);
  const block: GuideBlock = { line, heading, language, text, ...parse(words, line), printed: null };
  if (block.on !== null) {
    const title = `${heading}, line ${line}: ${text.split("\n")[0]}`;
    scenarios.push({ title, on: block.on, needs: [...block.needs], blocks: [block] });
  } else if (last) {
    last.blocks.push(block);
    last.needs.push(...block.needs);
  } else {
    throw new Error(`line ${line}: there is nothing that it could go on with`);
  }
}

const KEYS = ["on", "then", "checkout", "exit", "says", "leaves", "rows", "needs"];

function parse(words: string, line: number) {
  const values = new Map<string, string>();
  for (const word of words.split(";")) {
    const [, key = "", value = ""] = /^\s*([^:]+?)(?:: (.*?))?\s*$/.exec(word) ?? [];
    if (!KEYS.includes(key)) throw new Error(`line ${line}: '${key}' is none of ${KEYS.join(", ")}`);
    values.set(key, value);
  }
  if (values.has("on") === values.has("then")) throw new Error(`line ${line}: either 'on' or 'then'`);
  return {
    on: values.get("on") ?? null,
    checkout: values.get("checkout") ?? null,
    exit: Number(values.get("exit") ?? 0),
    says: values.get("says") ?? null,
    leaves: values.get("leaves") ?? null,
    rows: values.has("rows"),
    needs: values.get("needs")?.split(", ") ?? [],
  };
}
