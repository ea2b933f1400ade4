/** Takes the text of an answer as it arrives and lets through only markers of sources that exist. */
export interface CitationMarkers {
  /** What can be told now of a further piece; the rest is kept until it is clear what it is. */
  push(piece: string): string;
  /** What was kept, at the end of the text. */
  end(): string;
  /** Numbers that the text pointed to so far, in the order in which it did so. */
  readonly cited: readonly number[];
}

/** A marker, on one line: one number or several, `[2]`, `[1, 3]`, `[1-3]`. */
const MARKER = /^\[[ \t]*\d+(?:[ \t]*[,;–-][ \t]*\d+)*[ \t]*\]/;
/** The beginning of what may become one. */
const OPEN_MARKER = /^\[[ \t\d,;–-]*$/;
/** A bracket that is none, before one that may be: without what stands between, the two could read as a third. */
const BEFORE_MARKER = /^\[[ \t\d,;–-]*\[/;

/**
 * Markers become `[n]`, one number each; those of sources that do not exist are taken out, with the blank before
 * them. Code is left as it is. A marker may arrive in several pieces, and the result does not depend on where
 * they were cut.
 *
 * @param count how many sources there are, numbered from 1.
 */
export function citationMarkers(count: number): CitationMarkers {
  const cited = new Set<number>();
  let kept = "";
  // Of what was told: whether only blanks stand on the line, and whether it ends with a backtick.
  let lineStart = true;
  let afterTick = false;
  let fence: string | null = null;

  /** The text of the first thing in `rest` and how long it is there; null where more is needed to know. */
  function next(rest: string, last: boolean): { text: string; length: number } | null {
    if (fence !== null) return nextOfFence(rest, last);
    const plain = /^[^[\\`\n\s]+/.exec(rest)?.[0];
    if (plain !== undefined) return asItIs(plain);
    if (rest.startsWith("\n")) return asItIs("\n");
    if (rest.startsWith("\\")) return rest.length > 1 || last ? asItIs(rest.slice(0, 2)) : null;
    if (rest.startsWith("`")) return nextOfCode(rest, last);
    if (rest.startsWith("[")) return nextOfBracket(rest, last, "");
    const blank = /^[^\S\n]+/.exec(rest)?.[0] ?? "";
    if (blank.length === rest.length) return last ? asItIs(blank) : null;
    return rest[blank.length] === "[" ? nextOfBracket(rest.slice(blank.length), last, blank) : asItIs(blank);
  }

  function nextOfBracket(
    rest: string,
    last: boolean,
    blank: string,
  ): { text: string; length: number } | null {
    if (!last && OPEN_MARKER.test(rest)) return null;
    const marker = MARKER.exec(rest)?.[0];
    if (marker === undefined) {
      const bracket = BEFORE_MARKER.test(rest) ? "\\[" : "[";
      return { text: blank + bracket, length: blank.length + 1 };
    }
    const known = numbersOf(marker, count);
    for (const n of known) cited.add(n);
    const length = blank.length + marker.length;
    if (known.length > 0) return { text: blank + known.map((n) => `[${n}]`).join(""), length };
    // Backticks on both sides would become one run.
    return { text: afterTick ? blank || " " : "", length };
  }

  /** Code within a line ends with as many backticks as it began with, or is none. */
  function nextOfCode(rest: string, last: boolean): { text: string; length: number } | null {
    const ticks = /^`+/.exec(rest)?.[0] ?? "";
    if (ticks.length === rest.length && !last) return null;
    const line = rest.split("\n", 1)[0] ?? "";
    if (lineStart && ticks.length >= 3 && !line.includes("`", ticks.length)) {
      if (line.length === rest.length && !last) return null;
      fence = ticks;
      return asItIs(line);
    }
    const closed = new RegExp(`^${ticks}(?!\`)[^]*?[^\`]${ticks}(?!\`)`).exec(line)?.[0];
    const sure = last || line.length < rest.length || (closed !== undefined && closed.length < line.length);
    if (!sure) return null;
    return asItIs(closed ?? ticks);
  }

  function nextOfFence(rest: string, last: boolean): { text: string; length: number } | null {
    const end = rest.indexOf("\n");
    if (end === -1 && !last) return null;
    const line = end === -1 ? rest : rest.slice(0, end + 1);
    if (fence !== null && line.trim().startsWith(fence)) fence = null;
    return asItIs(line);
  }

  function take(last: boolean): string {
    let told = "";
    while (kept !== "") {
      const found = next(kept, last);
      if (found === null) break;
      lineStart = found.text.endsWith("\n") || (lineStart && found.text.trim() === "");
      if (found.text !== "") afterTick = found.text.endsWith("`");
      told += found.text;
      kept = kept.slice(found.length);
    }
    return told;
  }

  return {
    push(piece) {
      kept += piece;
      return take(false);
    },
    end: () => take(true),
    get cited() {
      return [...cited];
    },
  };
}

function asItIs(text: string): { text: string; length: number } {
  return { text, length: text.length };
}

/** The numbers of a marker that are sources, each once. A range counts only where all of it does. */
function numbersOf(marker: string, count: number): number[] {
  const isSource = (n: number) => n >= 1 && n <= count;
  const numbers = marker
    .slice(1, -1)
    .split(/[,;]/)
    .flatMap((part) => {
      const ends = part.split(/[–-]/).map(Number);
      const [from = 0] = ends;
      const to = ends.at(-1) ?? from;
      if (ends.length === 1 || !ends.every(isSource) || from > to) return ends.length === 1 ? ends : [];
      return Array.from({ length: to - from + 1 }, (_, step) => from + step);
    });
  return [...new Set(numbers)].filter(isSource);
}

/** A text whose brackets, backticks and stars are only characters: what is quoted may hold `[1]` of its own. */
export function asCharacters(text: string): string {
  return text.replace(/[[\]\\`*]/g, "\\$&");
}
