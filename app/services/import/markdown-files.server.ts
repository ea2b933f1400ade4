import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A Markdown file to import. */
export interface MarkdownFile {
  /** From the folder that is imported, with `/` between its parts. Says where the page stands, and which it is. */
  readonly path: string;
  readonly markdown: string;
}

const MARKDOWN = /\.(md|markdown)$/i;
const SKIPPED_FOLDERS = new Set(["node_modules", "build", "dist", "coverage"]);

/** Paths of the Markdown files under a folder, in {@link inReadingOrder}; hidden folders and dependencies are skipped. */
export async function findMarkdown(directory: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string) => {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED_FOLDERS.has(entry.name))
        await walk(path);
      else if (entry.isFile() && MARKDOWN.test(entry.name)) found.push(path);
    }
  };
  await walk("");
  return inReadingOrder(found);
}

/** Reads one of them. Text that is not UTF-8 gets replacement characters. */
export async function readMarkdown(directory: string, path: string): Promise<MarkdownFile> {
  return { path, markdown: await readFile(join(directory, path), "utf8") };
}

/** The same order on every machine: a folder's own page first, then its files and folders by name. */
export function inReadingOrder(paths: readonly string[]): string[] {
  const key = (path: string) => path.split("/").map((part) => (isFolderPage(part) ? `\u0000${part}` : part));
  const compare = (a: string[], b: string[]): number => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const left = a[i] as string;
      const right = b[i] as string;
      if (left !== right) return left < right ? -1 : 1;
    }
    return a.length - b.length;
  };
  return paths
    .map((path) => ({ path, key: key(path) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ path }) => path);
}

/** Whether a file of this name is the page of its folder. */
export function isFolderPage(name: string): boolean {
  return /^(readme|index)\.(md|markdown)$/i.test(name);
}
