import { inWords } from "../embeddings/in-words.ts";

const LONGEST_NAME = 500;

/** An import that was asked for in a way that makes no sense. Nothing was read or written. */
export class ImportOptionsError extends Error {
  override readonly name = "ImportOptionsError";
}

/**
 * Checks the name of the workspace and the limit of an import.
 * @param options.limit a whole number from 1, or infinity; undefined is infinity
 * @throws {ImportOptionsError}
 */
export function checkImportOptions({ workspace, limit }: { workspace: unknown; limit?: unknown }): void {
  if (typeof workspace !== "string" || workspace.trim() === "") {
    throw new ImportOptionsError(`The name of the workspace is ${inWords(workspace)}; a name is needed`);
  }
  if (workspace.length > LONGEST_NAME || /[\0\p{Surrogate}]/u.test(workspace)) {
    throw new ImportOptionsError(
      `The name of the workspace is ${inWords(workspace)}; at most ${LONGEST_NAME} whole characters without NUL are needed`,
    );
  }
  if (limit === undefined || limit === Number.POSITIVE_INFINITY) return;
  if (!Number.isSafeInteger(limit) || Number(limit) < 1) {
    throw new ImportOptionsError(`The limit is ${inWords(limit)}; a whole number from 1 is needed`);
  }
}
