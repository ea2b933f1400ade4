import { inWords } from "../embeddings/in-words.ts";

/** The least and the most that each number may be: with more, generating takes days or the memory is not there. */
export const SYNTHETIC_LIMITS = {
  rows: { least: 1, most: 1_000_000_000 },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER },
  rowBytes: { least: 1, most: 1_000_000 },
  workspaces: { least: 1, most: 100_000 },
} as const;

/** Rows that cannot be generated as asked. Nothing was written. */
export class SyntheticOptionsError extends Error {
  override readonly name = "SyntheticOptionsError";
}

/**
 * Checks how many rows are asked for and of what kind; what is undefined has a default.
 * @throws {SyntheticOptionsError} naming the option
 */
export function checkSyntheticOptions(
  options: Readonly<Partial<Record<keyof typeof SYNTHETIC_LIMITS | "ids", unknown>>>,
): void {
  for (const [name, { least, most }] of Object.entries(SYNTHETIC_LIMITS)) {
    const value = options[name as keyof typeof SYNTHETIC_LIMITS];
    const given = value !== undefined || name === "rows" || name === "seed";
    if (given && !(Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most)) {
      throw new SyntheticOptionsError(
        `${name} is ${inWords(value)}; a whole number from ${least} to ${most} is needed`,
      );
    }
  }
  const { ids } = options;
  if (ids !== undefined && ids !== "v4" && ids !== "v7") {
    throw new SyntheticOptionsError(`ids is ${inWords(ids)}; v4 or v7 is needed`);
  }
}
