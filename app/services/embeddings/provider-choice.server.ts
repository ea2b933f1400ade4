import { EMBEDDING_DIMENSIONS } from "../../embedding-tables.ts";
import { type Env, env } from "../../env.server.ts";
import { localProvider } from "./local-provider.ts";
import { openAIProvider } from "./openai-provider.ts";
import type { EmbeddingProvider } from "./provider.ts";

/**
 * The provider that the configuration names; `auto` is OpenAI where a key is set and the local model otherwise.
 * @throws if OpenAI is named and no key is set
 */
export function chooseProvider(
  settings: Pick<Env, "EMBEDDING_PROVIDER" | "OPENAI_API_KEY" | "OPENAI_BASE_URL">,
): EmbeddingProvider {
  const { EMBEDDING_PROVIDER: choice, OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = settings;
  if (choice === "local" || (choice === "auto" && !apiKey)) {
    return localProvider({ dimensions: EMBEDDING_DIMENSIONS });
  }
  if (!apiKey) throw new Error("EMBEDDING_PROVIDER is openai, but OPENAI_API_KEY is not set");
  return openAIProvider({ apiKey, baseURL, dimensions: EMBEDDING_DIMENSIONS });
}

const kept = globalThis as typeof globalThis & { halfvecMigrationProvider?: EmbeddingProvider };

/** The app's one provider, made on first use. It outlives the module reloads of the development server. */
export function embeddingProvider(): EmbeddingProvider {
  kept.halfvecMigrationProvider ??= chooseProvider(env);
  return kept.halfvecMigrationProvider;
}
