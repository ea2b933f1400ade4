import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localProvider } from "../../app/services/embeddings/local-provider.ts";
import { parseMarkdownPage } from "../../app/services/import/markdown-page.ts";
import { packageDocuments } from "../../app/services/import/package-catalog.server.ts";

/** Where vectors are kept: the model takes longer than what is measured with them, some 25 texts a second on two cores. */
const CACHE = ".data/bench";
/** Texts of one file there: what is lost where it is broken off. */
const BATCH = 512;
/** Shorter texts say too little; of longer ones the model takes in no more. */
const CHARACTERS = { least: 40, most: 480 };

/**
 * Vectors of the local model for text that is on every machine: the Markdown documents of the packages in node_modules, and the
 * comments in their types, each text once, mixed. Those that were embedded before are read from files, whatever came since.
 *
 * @throws Error where there are not so many texts.
 */
export async function textVectors(
  count: number,
  dimensions: number,
  say: (line: string) => void,
): Promise<Float32Array[]> {
  const texts = (await readTexts()).slice(0, count);
  if (texts.length < count) {
    throw new Error(`node_modules has ${texts.length} different texts, and ${count} are wanted: give --rows`);
  }
  const kept = await readKept(dimensions);
  const missing = texts.filter(({ order }) => !kept.has(order));
  const provider = localProvider({ dimensions });
  try {
    for (let first = 0; first < missing.length; first += BATCH) {
      say(`text: ${first} of ${missing.length} embedded`);
      const batch = missing.slice(first, first + BATCH);
      const vectors = await provider.embed(batch.map(({ text }) => text));
      await keep(batch, vectors, dimensions);
      for (const [place, { order }] of batch.entries())
        kept.set(order, Float32Array.from(vectors[place] ?? []));
    }
  } finally {
    await provider.close();
  }
  return texts.map(({ order }) => kept.get(order) as Float32Array);
}

/** What was embedded before, by the hash of its text. */
async function readKept(dimensions: number): Promise<Map<string, Float32Array>> {
  const folder = join(CACHE, String(dimensions));
  await mkdir(folder, { recursive: true });
  const kept = new Map<string, Float32Array>();
  for (const file of await readdir(folder)) {
    if (!file.endsWith(".json")) continue;
    const names: string[] = JSON.parse(await readFile(join(folder, file), "utf8"));
    const bytes = await readFile(join(folder, file.replace(".json", ".f32")));
    for (const [place, name] of names.entries()) {
      const start = place * 4 * dimensions;
      kept.set(name, new Float32Array(Uint8Array.from(bytes.subarray(start, start + 4 * dimensions)).buffer));
    }
  }
  return kept;
}

/** The names come last: without them the vectors are not there. */
async function keep(texts: readonly Text[], vectors: readonly number[][], dimensions: number): Promise<void> {
  const file = join(CACHE, String(dimensions), texts[0]?.order ?? "");
  await writeFile(
    `${file}.f32`,
    Buffer.concat(vectors.map((vector) => Buffer.from(Float32Array.from(vector).buffer))),
  );
  await writeFile(`${file}.draft`, JSON.stringify(texts.map(({ order }) => order)));
  await rename(`${file}.draft`, `${file}.json`);
}

interface Text {
  text: string;
  /** Its hash: as good an order as one at random, and the same on every machine. */
  order: string;
}

async function readTexts(): Promise<Text[]> {
  const texts = new Set<string>();
  const take = (text: string) => {
    if (text.length >= CHARACTERS.least) texts.add(text.slice(0, CHARACTERS.most));
  };
  for (const document of await packageDocuments(process.cwd())) {
    const { markdown } = await document.read();
    for (const { text } of parseMarkdownPage(markdown).blocks) take(text);
  }
  for (const file of await readdir("node_modules", { recursive: true })) {
    if (!file.endsWith(".d.ts")) continue;
    for (const text of commentsIn(await readFile(join("node_modules", file), "utf8"))) take(text);
  }
  const hash = (text: string) => createHash("sha1").update(text).digest("hex");
  return [...texts].map((text) => ({ text, order: hash(text) })).sort((a, b) => (a.order < b.order ? -1 : 1));
}

/** The doc comments of a file, without their stars. */
function commentsIn(source: string): string[] {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment = ""]) =>
    comment.replaceAll(/^\s*\* ?/gm, "").trim(),
  );
}
