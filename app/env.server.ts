import { existsSync } from "node:fs";
import { z } from "zod";
import { EMBEDDED_DATABASE_URL } from "./embedded-database-url.ts";

/** Which column search reads: one of the two by name of its type, or the better one that the database has. */
export const VECTOR_COLUMN_FLAGS = ["auto", "vector", "halfvec"] as const;
export type VectorColumnFlag = (typeof VECTOR_COLUMN_FLAGS)[number];

/** A secret of fewer characters could be guessed from a cookie that it signed. */
const SESSION_SECRET_CHARACTERS = 32;

/** Less could be guessed by asking. */
const METRICS_TOKEN_CHARACTERS = 16;

const sessionSecrets = z
  .string()
  .transform((list) => list.split(",").map((secret) => secret.trim()))
  .refine(
    (secrets) => secrets.every((secret) => secret.length >= SESSION_SECRET_CHARACTERS),
    `${SESSION_SECRET_CHARACTERS} characters or more are needed in each, for instance what openssl rand -hex 32 prints`,
  );

/** E-mail addresses after commas; they are kept in small letters, as accounts are. */
const addresses = z
  .string()
  .transform((list) => list.split(",").map((address) => address.trim().toLowerCase()));

const schema = z.object({
  NODE_ENV: z.string().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).default(EMBEDDED_DATABASE_URL),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(100).optional(),
  STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(0).default(15_000),
  VECTOR_COLUMN: z.enum(VECTOR_COLUMN_FLAGS).default("auto"),
  VECTOR_SHADOW_READS: z.coerce.number().min(0).max(1).default(0),
  SEARCH_CONCURRENCY: z.coerce.number().int().min(1).max(1000).optional(),
  SEARCH_QUEUE: z.coerce.number().int().min(0).max(1_000_000).default(2_000),
  HNSW_EF_SEARCH: z.coerce.number().int().min(1).max(1000).default(100),
  EMBEDDING_PROVIDER: z.enum(["auto", "openai", "local"]).default("auto"),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.url().optional(),
  OPENAI_CHAT_MODEL: z.string().default("gpt-4.1-mini"),
  CHAT_QUESTIONS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(20),
  HOST: z.string().optional(),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  APP_URL: z.url({ protocol: /^https?$/ }).optional(),
  APP_TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  APP_OPERATORS: addresses.optional(),
  SESSION_SECRET: sessionSecrets.optional(),
  METRICS_TOKEN: z.string().min(METRICS_TOKEN_CHARACTERS).optional(),
});

export type Env = z.infer<typeof schema>;

/**
 * Checks environment variables and fills in the defaults. An empty string counts as not set, as in a `.env`
 * file with the value left out.
 *
 * @throws Error that names every variable that is wrong, with the reason; never with its value, which may be a secret.
 */
export function parseEnv(variables: Readonly<Record<string, string | undefined>>): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment is not usable:\n${problems.join("\n")}`);
}

if (existsSync(".env")) process.loadEnvFile(".env");

/** The configuration of this process: the environment, with what a `.env` file in the working directory adds. */
export const env: Env = parseEnv(process.env);
