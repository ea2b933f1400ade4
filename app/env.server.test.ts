import { describe, expect, it } from "vitest";
import { EMBEDDED_DATABASE_URL } from "./embedded-database-url.ts";
import { parseEnv } from "./env.server.ts";

describe("parseEnv", () => {
  it("needs nothing", () => {
    expect(parseEnv({})).toEqual({
      DATABASE_URL: EMBEDDED_DATABASE_URL,
      STATEMENT_TIMEOUT_MS: 15_000,
      VECTOR_COLUMN: "auto",
      VECTOR_SHADOW_READS: 0,
      SEARCH_QUEUE: 2_000,
      HNSW_EF_SEARCH: 100,
      EMBEDDING_PROVIDER: "auto",
      OPENAI_CHAT_MODEL: "gpt-4.1-mini",
      CHAT_QUESTIONS_PER_MINUTE: 20,
      PORT: 3000,
      APP_TRUST_PROXY: 0,
    });
  });

  it("takes several session secrets, each long enough, and repeats none in its complaint", () => {
    const [one, two] = ["n".repeat(32), "o".repeat(40)];
    expect(parseEnv({ SESSION_SECRET: `${one}, ${two}` }).SESSION_SECRET).toEqual([one, two]);
    for (const wrong of ["geheim", `${one},geheim`, `${one},`]) {
      expect(() => parseEnv({ SESSION_SECRET: wrong })).toThrow(/SESSION_SECRET: 32 characters or more/);
      expect(() => parseEnv({ SESSION_SECRET: wrong })).not.toThrow(/geheim/);
    }
  });

  it("takes the app's address from http and https alone", () => {
    expect(parseEnv({ APP_URL: "https://search.example.com" }).APP_URL).toBe("https://search.example.com");
    expect(() => parseEnv({ APP_URL: "javascript:alert(1)" })).toThrow(/APP_URL: /);
    expect(() => parseEnv({ APP_TRUST_PROXY: "all" })).toThrow(/APP_TRUST_PROXY: /);
  });

  it("reads numbers and counts an empty string as not set", () => {
    const env = parseEnv({ HNSW_EF_SEARCH: "40", DATABASE_POOL_MAX: "3", PORT: "", OPENAI_API_KEY: "" });
    expect(env).toMatchObject({ HNSW_EF_SEARCH: 40, DATABASE_POOL_MAX: 3, PORT: 3000 });
    expect(env.OPENAI_API_KEY).toBeUndefined();
  });

  it("takes a share of shadow reads from none to all", () => {
    expect(parseEnv({ VECTOR_SHADOW_READS: "0.05" }).VECTOR_SHADOW_READS).toBe(0.05);
    for (const wrong of ["5", "-0.1", "5%"]) {
      expect(() => parseEnv({ VECTOR_SHADOW_READS: wrong })).toThrow(/VECTOR_SHADOW_READS: /);
    }
  });

  it("takes a token for metrics that cannot be guessed, and repeats none in its complaint", () => {
    expect(parseEnv({ METRICS_TOKEN: "t".repeat(16) }).METRICS_TOKEN).toBe("t".repeat(16));
    expect(() => parseEnv({ METRICS_TOKEN: "geheim" })).toThrow(/METRICS_TOKEN: /);
    expect(() => parseEnv({ METRICS_TOKEN: "geheim" })).not.toThrow(/geheim/);
  });

  it("names every variable that is wrong", () => {
    expect(() => parseEnv({ VECTOR_COLUMN: "bit", HNSW_EF_SEARCH: "1001" })).toThrow(
      /VECTOR_COLUMN: .*\n.*HNSW_EF_SEARCH: /,
    );
  });

  it("does not repeat a value, which may hold a password", () => {
    expect(() => parseEnv({ DATABASE_URL: "mysql://root:geheim@db/x" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("geheim") }),
    );
  });
});
