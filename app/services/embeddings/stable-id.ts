import { createHash } from "node:crypto";

/** The namespace of all ids made here: another value makes every import a new one. */
const NAMESPACE = Buffer.from("6f0c3a5e9b4d4c1e8a7d2f5b1c9e0d34", "hex");

/**
 * The same UUID for the same names, whenever and wherever it is made: a name-based UUID of version 5 (RFC 9562,
 * section 5.5) over the names and their order.
 */
export function stableId(...names: readonly (string | number)[]): string {
  const hash = createHash("sha1").update(NAMESPACE).update(JSON.stringify(names)).digest().subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  return hash.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
