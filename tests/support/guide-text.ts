/** The guide without what stands between fences. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```.*\n[\s\S]*?^```$/gm, "");
}

/** The text under a heading, up to the next one of any level. */
export function sectionOf(markdown: string, heading: string): string {
  const [, after] = markdown.split(new RegExp(`^#+ ${heading}$`, "m"));
  if (after === undefined) throw new Error(`the guide has no heading '${heading}'`);
  return after.split(/^#+ /m)[0] ?? "";
}

/** What stands between backticks. */
export function codeSpansOf(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** The rows of the table whose header begins with `first`, each by its cells. */
export function tableOf(text: string, first: string): string[][] {
  const lines = text.split("\n");
  const header = lines.findIndex((line) => line.startsWith(`| ${first} |`));
  if (header < 0) throw new Error(`there is no table that begins with '${first}'`);
  const rows = lines.slice(header + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Where its links lead. */
export function linksOf(markdown: string): string[] {
  return [...proseOf(markdown).matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target);
}
