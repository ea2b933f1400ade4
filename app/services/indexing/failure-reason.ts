import { EmbeddingValueError } from "../embeddings/embedding-value.ts";
import { EmbeddingProviderError, type EmbeddingProviderProblem } from "../embeddings/provider.ts";
import type { FailureReason } from "./claimed-job.server.ts";

/** What another attempt meets again, until somebody changes the text or the configuration. */
const LASTING: readonly EmbeddingProviderProblem[] = ["authentication", "invalid_request"];

/** Why an entity could not be indexed, and whether another attempt can succeed. */
export function failureReason(error: unknown): FailureReason {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EmbeddingProviderError) {
    return { message, passing: !LASTING.includes(error.problem) };
  }
  return { message, passing: !(error instanceof EmbeddingValueError) };
}
