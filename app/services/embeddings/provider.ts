/** What turns text into vectors: a paid API, or a model in the process. */
export interface EmbeddingProvider {
  /** Name of the provider, as in configuration: `openai`, `local`. */
  readonly name: string;
  /** Name of the model. Vectors of different models must not stand in one column. */
  readonly model: string;
  /** Length of every vector returned. */
  readonly dimensions: number;
  /** Characters of a text that the model certainly takes in; what comes after may be ignored or refused. */
  readonly inputCharacters: number;
  /**
   * One vector of `dimensions` finite numbers for each text, in the same order.
   * @throws {EmbeddingProviderError} for anything the provider answers but vectors
   * @throws the reason of `signal` once it is aborted
   */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<number[][]>;
  /** Releases threads and connections. The provider can be used again afterwards. */
  close(): Promise<void>;
}

/**
 * - `authentication`: the key was refused
 * - `rate_limited`, `unavailable`, `timeout`: still so after all retries
 * - `invalid_request`: the provider refused the texts
 * - `invalid_answer`: not one finite vector of the right length for each text
 */
export type EmbeddingProviderProblem =
  | "authentication"
  | "rate_limited"
  | "unavailable"
  | "timeout"
  | "invalid_request"
  | "invalid_answer";

/** A provider could not embed. Its message never holds a key or a text that was sent. */
export class EmbeddingProviderError extends Error {
  override readonly name = "EmbeddingProviderError";
  readonly provider: string;
  readonly problem: EmbeddingProviderProblem;
  /** HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(provider: string, problem: EmbeddingProviderProblem, message: string, status?: number) {
    super(`${provider}: ${message}`);
    this.provider = provider;
    this.problem = problem;
    this.status = status;
  }
}
