import { createHash } from "node:crypto";
import { EMBEDDING_DIMENSIONS } from "../../app/embedding-tables.ts";
import type { EmbeddingProvider } from "../../app/services/embeddings/provider.ts";

export interface WordProvider extends EmbeddingProvider {
  /** Every text that was embedded, in order. */
  readonly embedded: string[];
  /** Done before each answer; what it throws is the provider's answer. */
  before: (texts: readonly string[]) => Promise<void> | void;
}

/** A provider for tests that count texts: vectors are made of the words alone, at once and always the same. */
export function wordProvider(model = "words", inputCharacters = 400): WordProvider {
  return {
    name: "test",
    model,
    dimensions: EMBEDDING_DIMENSIONS,
    inputCharacters,
    embedded: [],
    before: () => {},
    async embed(texts) {
      await this.before(texts);
      this.embedded.push(...texts);
      return texts.map(wordVector);
    },
    async close() {},
  };
}

function wordVector(text: string): number[] {
  const vector = new Array<number>(EMBEDDING_DIMENSIONS).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["?"]) {
    const at = createHash("sha256").update(word).digest().readUInt32BE() % EMBEDDING_DIMENSIONS;
    vector[at] = (vector[at] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
