import { inWords } from "./in-words.ts";
import { firstNotFinite, isList } from "./number-list.ts";
import { type EmbeddingProvider, EmbeddingProviderError } from "./provider.ts";

/**
 * Checks texts before they are sent to a provider.
 * @throws {EmbeddingProviderError} `invalid_request` for what is no text, or an empty one
 */
export function checkTexts({ name }: EmbeddingProvider, texts: readonly unknown[]): void {
  for (const [index, text] of texts.entries()) {
    const which = `text ${index + 1} of ${texts.length}`;
    if (typeof text !== "string") {
      throw new EmbeddingProviderError(name, "invalid_request", `${which} is ${inWords(text)}, not a text`);
    }
    if (text.trim() === "") throw new EmbeddingProviderError(name, "invalid_request", `${which} is empty`);
  }
}

/**
 * Checks that an answer holds what {@link EmbeddingProvider.embed} promises, whoever wrote the provider.
 * @throws {EmbeddingProviderError} `invalid_answer`
 */
export function checkAnswer(
  { name, dimensions }: EmbeddingProvider,
  count: number,
  vectors: unknown,
): asserts vectors is number[][] {
  const invalid = (what: string) =>
    new EmbeddingProviderError(name, "invalid_answer", `the answer holds ${what}`);
  if (!Array.isArray(vectors)) throw invalid(`${inWords(vectors)} instead of vectors`);
  if (vectors.length !== count) throw invalid(`${vectors.length} vectors for ${count} texts`);
  for (const [index, vector] of vectors.entries()) {
    const which = `text ${index + 1} of ${count}`;
    if (!isList(vector)) throw invalid(`${inWords(vector)} instead of a vector for ${which}`);
    if (vector.length !== dimensions) {
      throw invalid(`${vector.length} dimensions for ${which}, not ${dimensions}`);
    }
    const wrong = firstNotFinite(vector);
    if (wrong !== -1) throw invalid(`no finite vector for ${which}: ${inWords(vector[wrong])}`);
  }
}
