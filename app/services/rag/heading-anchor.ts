/** The fragment by which a heading is linked: its words in small letters, joined by hyphens. */
export function headingAnchor(heading: string): string {
  const words = heading.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.join("-");
}
