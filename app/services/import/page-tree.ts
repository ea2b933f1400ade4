import { posix } from "node:path";
import { stableId } from "../embeddings/stable-id.ts";
import { isFolderPage } from "./markdown-files.server.ts";

/** Where a page stands in its workspace. */
export interface PagePlace {
  readonly id: string;
  /** Null for a page at the top. */
  readonly parentId: string | null;
  /** Of the file, or of the folder where no file is its page. */
  readonly path: string;
  /** A name for a page that does not give itself one. */
  readonly fallbackTitle: string;
}

/**
 * The page that each file becomes, by path. The first README or index file of a folder is the page of its folder.
 * @param paths in reading order
 */
export function pageIdsOf(workspaceId: string, paths: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  const ids = new Map<string, string>();
  for (const path of paths) {
    const folder = posix.dirname(path);
    const asFolder = pageId(workspaceId, `${folder}/`);
    const isFolder = folder !== "." && isFolderPage(posix.basename(path)) && !taken.has(asFolder);
    const id = isFolder ? asFolder : pageId(workspaceId, path);
    taken.add(id);
    ids.set(path, id);
  }
  return ids;
}

/**
 * The pages of Markdown files: one for each file and for each folder on the way to it. Parents come before their
 * children.
 * @param files path to page id, as {@link pageIdsOf} makes them, or some of them
 */
export function pageTree(workspaceId: string, files: ReadonlyMap<string, string>): PagePlace[] {
  const pages = new Map<string, PagePlace>();
  const folderId = (folder: string): string | null => {
    if (folder === ".") return null;
    const id = pageId(workspaceId, `${folder}/`);
    if (!pages.has(id)) {
      const parentId = folderId(posix.dirname(folder));
      pages.set(id, { id, parentId, path: `${folder}/`, fallbackTitle: posix.basename(folder) });
    }
    return id;
  };
  for (const [path, id] of files) {
    const folder = folderId(posix.dirname(path));
    const ofFolder = folder === id ? pages.get(id) : undefined;
    const fallbackTitle = posix.basename(path).replace(/\.\w+$/, "");
    pages.set(id, { ...(ofFolder ?? { id, parentId: folder, fallbackTitle }), path });
  }
  return [...pages.values()];
}

function pageId(workspaceId: string, path: string): string {
  return stableId("page", workspaceId, path);
}

/** The ids that the page of a file can have: its own, or that of its folder. */
export function possiblePageIds(workspaceId: string, path: string): string[] {
  const own = pageId(workspaceId, path);
  return isFolderPage(posix.basename(path)) ? [own, pageId(workspaceId, `${posix.dirname(path)}/`)] : [own];
}

/**
 * The file that a link in `from` names, as a path from the imported folder; null for a link to another site, to a
 * place within the page, or out of the folder. A link to a folder names its README.
 */
export function linkTarget(from: string, link: string, isFile: (path: string) => boolean): string | null {
  if (/^([a-z][a-z0-9+.-]*:|\/\/|#|$)/i.test(link)) return null;
  const path = decoded(link.replace(/[?#].*$/s, ""));
  const target = path.startsWith("/")
    ? path.slice(1)
    : posix.normalize(posix.join(posix.dirname(from), path));
  const candidates = [
    target,
    `${target}.md`,
    posix.join(target, "README.md"),
    posix.join(target, "index.md"),
  ];
  return candidates.find((candidate) => !candidate.startsWith("../") && isFile(candidate)) ?? null;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
