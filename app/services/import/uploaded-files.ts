/** A file as a form sends it. */
export interface UploadedFile {
  readonly path: string;
  readonly text: string;
}

/** Why a file was left out, in words for the one who sent it. */
export interface FileProblem {
  readonly path: string;
  readonly message: string;
}

const MEGABYTE = 1024 * 1024;

/** Limits of one upload. */
export const UPLOAD_LIMITS = { fileBytes: 2 * MEGABYTE, totalBytes: 20 * MEGABYTE, files: 2_000 } as const;

const LONGEST_PATH = 1_000;
const DEEPEST = 20;

/** The files of an upload that can be imported, with clean paths, and what is wrong with each of the others. */
export function usableFiles(files: readonly UploadedFile[]): {
  usable: UploadedFile[];
  problems: FileProblem[];
} {
  const usable = new Map<string, UploadedFile>();
  const problems: FileProblem[] = [];
  let total = 0;
  for (const { path: given, text } of files) {
    const path = cleanPath(given);
    const bytes = Buffer.byteLength(text);
    const message =
      path === null
        ? "Its path leads out of the folder, or is not one: choose the folder again."
        : problemOf(path, bytes, usable, total);
    if (path === null || message !== null) {
      problems.push({ path: given.slice(0, LONGEST_PATH), message: message ?? "" });
      continue;
    }
    total += bytes;
    usable.set(path, { path, text });
  }
  return { usable: [...usable.values()], problems };
}

function problemOf(
  path: string,
  bytes: number,
  usable: ReadonlyMap<string, UploadedFile>,
  total: number,
): string | null {
  const { fileBytes, totalBytes, files } = UPLOAD_LIMITS;
  if (!/\.(md|markdown|txt)$/i.test(path))
    return "It is not Markdown: only .md, .markdown and .txt are imported.";
  if (bytes > fileBytes) {
    return `It has ${megabytes(bytes)} MB; at most ${megabytes(fileBytes)} MB are possible.`;
  }
  if (usable.has(path)) return "Another file has the same path.";
  if (usable.size >= files)
    return `Only the first ${files.toLocaleString("en")} files were imported: send the rest next.`;
  if (total + bytes > totalBytes) {
    return `The files before it have ${megabytes(totalBytes)} MB together, which is the most: send it next.`;
  }
  return null;
}

/** The path from the folder, with `/` between its parts; null for one that is absolute, leads out of it or is none. */
function cleanPath(given: string): string | null {
  const path = given.replaceAll("\\", "/");
  if (path.length > LONGEST_PATH || /^(\/|[a-z]:)/i.test(path) || /\p{Cc}/u.test(path)) return null;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.length > DEEPEST || parts.includes("..") ? null : parts.join("/");
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toLocaleString("en", { maximumFractionDigits: 1 });
}
