import type { Nodes, Root } from "mdast";
import { ContentError } from "../content/content-error.ts";

/** Elements within each other. A text that people write has a few; the parser's time grows with the square. */
const DEEPEST = 100;

/** What opens a quote or a list at the beginning of a line, after others of the kind. */
const MARKERS = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))+/;
const MARKER = />|[-*+]|\d+[.)]/g;
/** A list within another one is indented by this much at least. */
const INDENT = 2;

/**
 * Looks at the beginnings of the lines before the parser does, which would take minutes for some of them.
 * @throws {ContentError} where one opens too many quotes or lists
 */
export function checkContainers(markdown: string): void {
  for (const line of markdown.split("\n")) {
    const markers = MARKERS.exec(line)?.[0];
    if (markers === undefined) continue;
    const depth =
      (markers.match(MARKER)?.length ?? 0) + (markers.length - markers.trimStart().length) / INDENT;
    if (depth > DEEPEST) throw tooDeep();
  }
}

/** @throws {ContentError} for a tree that is too deep to be walked down by those who read it */
export function checkDepth(root: Root): void {
  let level: Nodes[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw tooDeep();
    level = level.flatMap((node) => ("children" in node ? node.children : []));
  }
}

/** What the parser makes. @throws {ContentError} where it went deeper than the stack reaches */
export function withinStack<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

function tooDeep(): ContentError {
  return new ContentError(
    "markdown",
    `The text has more than ${DEEPEST} quotes, lists or emphases within each other. Please take some away.`,
  );
}
