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
 * comments in their types, each text once, mixed. Those that were embedded before are read from files.
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
  await mkdir(CACHE, { recursive: true });
  const provider = localProvider({ dimensions });
  const vectors: Float32Array[] = [];
  try {
    for (let first = 0; first < count; first += BATCH) {
      const batch = texts.slice(first, first + BATCH);
      const name = createHash("sha256").update(`${dimensions}\n`).update(batch.join("\0")).digest("hex");
      const file = join(CACHE, `${name.slice(0, 20)}.f32`);
      const kept = await readFile(file).catch(() => null);
      if (kept === null) say(`text: ${first} of ${count} embedded`);
      const bytes = kept ?? (await embed(batch, provider, file));
      for (let start = 0; start < bytes.length; start += 4 * dimensions) {
        vectors.push(new Float32Array(Uint8Array.from(bytes.subarray(start, start + 4 * dimensions)).buffer));
      }
    }
  } finally {
    await provider.close();
  }
  return vectors;
}

/** Complete before it gets its name: what was broken off begins anew. */
async function embed(
  texts: readonly string[],
  provider: ReturnType<typeof localProvider>,
  file: string,
): Promise<Buffer> {
  const vectors = await provider.embed(texts);
  const bytes = Buffer.concat(vectors.map((vector) => Buffer.from(Float32Array.from(vector).buffer)));
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, bytes);
  await rename(draft, file);
  return bytes;
}

async function readTexts(): Promise<string[]> {
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
  // As good as at random, and the same on every machine.
  return [...texts]
    .map((text) => ({ text, order: hash(text) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ text }) => text);
}

/** The doc comments of a file, without their stars. */
function commentsIn(source: string): string[] {
  return [...source.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment = ""]) =>
    comment.replaceAll(/^\s*\* ?/gm, "").trim(),
  );
}
