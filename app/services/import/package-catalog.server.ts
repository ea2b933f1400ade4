import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { stableId } from "../embeddings/stable-id.ts";
import { findMarkdown, type MarkdownFile, readMarkdown } from "./markdown-files.server.ts";

/** What a package says about itself in its package.json. */
export interface PackageDescription {
  /** Under which it is installed: an alias where it has one, so that the same package may be there twice. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
}

const keywords = z.union([
  z.array(z.string()),
  z.string().transform((list) => list.split(/[\s,]+/).filter(Boolean)),
]);

const manifest = z.object({
  version: z.string().catch(""),
  description: z.string().catch(""),
  keywords: keywords.catch([]),
  license: z.string().catch(""),
});

/** The packages directly in `node_modules` of a project: those that it names itself first. */
export async function readPackages(project: string): Promise<PackageDescription[]> {
  const packages: PackageDescription[] = [];
  for (const name of await packageNames(project)) {
    const text = await readFile(join(project, "node_modules", name, "package.json"), "utf8").catch(
      () => null,
    );
    const parsed = manifest.safeParse(text === null ? null : parsedJson(text));
    if (parsed.success) packages.push({ ...parsed.data, name });
  }
  return packages;
}

/**
 * The Markdown documents of a project and of the packages it has installed: its own first, then every package's
 * README, then the packages' other documents but change logs and licences. The project's are in a folder called as its
 * own is, packages' in one called as they are installed; a project's folder may be called as a package is.
 */
export async function packageDocuments(
  project: string,
): Promise<{ path: string; read: () => Promise<MarkdownFile> }[]> {
  const names = await packageNames(project);
  const folder = basename(project);
  const own = await documentsIn(project, names.includes(folder) ? `${folder} (this project)` : folder);
  const readmes: typeof own = [];
  const others: typeof own = [];
  for (const name of names) {
    for (const document of await documentsIn(join(project, "node_modules", name), name)) {
      const file = document.path.slice(name.length + 1);
      if (/^readme\.(md|markdown)$/i.test(file)) readmes.push(document);
      else if (
        !/(^|\/)(changelog|changes|history|releases?|licen[cs]e|security|code_of_conduct)[^/]*$/i.test(file)
      ) {
        others.push(document);
      }
    }
  }
  return [...own, ...readmes, ...others];
}

async function documentsIn(directory: string, name: string) {
  return (await findMarkdown(directory)).map((path) => ({
    path: `${name}/${path}`,
    read: async () => ({ ...(await readMarkdown(directory, path)), path: `${name}/${path}` }),
  }));
}

/** Those that the project names itself by name, then the others in an order that new ones do not disturb. */
async function packageNames(project: string): Promise<string[]> {
  const root = join(project, "node_modules");
  const names: string[] = [];
  for (const entry of await readdir(root)) {
    if (entry.startsWith(".")) continue;
    if (!entry.startsWith("@")) names.push(entry);
    else for (const scoped of await readdir(join(root, entry))) names.push(`${entry}/${scoped}`);
  }
  const isPackage = await Promise.all(names.map((name) => isFile(join(root, name, "package.json"))));
  const direct = new Set(await dependenciesOf(project));
  const rank = (name: string) => (direct.has(name) ? `0 ${name}` : `1 ${stableId("package", name)}`);
  return names
    .filter((_, index) => isPackage[index])
    .map((name) => ({ name, rank: rank(name) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ name }) => name);
}

const dependencies = z.record(z.string(), z.string()).catch({});

async function dependenciesOf(project: string): Promise<string[]> {
  const text = await readFile(join(project, "package.json"), "utf8").catch(() => "{}");
  const declared = z.object({ dependencies, devDependencies: dependencies }).safeParse(parsedJson(text));
  if (!declared.success) return [];
  return [...Object.keys(declared.data.dependencies), ...Object.keys(declared.data.devDependencies)];
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
