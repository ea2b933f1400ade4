import { describe, expect, it } from "vitest";
import { EMBEDDED_DATABASE_URL } from "./embedded-database-url.ts";
import { parseEnv } from "./env.server.ts";

describe("parseEnv", () => {
  it("needs nothing", () => {
    expect(parseEnv({})).toEqual({
      DATABASE_URL: EMBEDDED_DATABASE_URL,
      STATEMENT_TIMEOUT_MS: 15_000,
      VECTOR_COLUMN: "auto",
      HNSW_EF_SEARCH: 100,
      EMBEDDING_PROVIDER: "auto",
      PORT: 3000,
    });
  });

  it("reads numbers and counts an empty string as not set", () => {
    const env = parseEnv({ HNSW_EF_SEARCH: "40", DATABASE_POOL_MAX: "3", PORT: "", OPENAI_API_KEY: "" });
    expect(env).toMatchObject({ HNSW_EF_SEARCH: 40, DATABASE_POOL_MAX: 3, PORT: 3000 });
    expect(env.OPENAI_API_KEY).toBeUndefined();
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
