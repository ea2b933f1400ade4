import { expect, test } from "vitest";
import { chooseProvider } from "./provider-choice.server.ts";

const OPENAI_API_KEY = "sk-test";

test.each([
  ["auto", undefined, "local"],
  ["auto", OPENAI_API_KEY, "openai"],
  ["openai", OPENAI_API_KEY, "openai"],
  ["local", OPENAI_API_KEY, "local"],
] as const)("%s with key %s is %s", (EMBEDDING_PROVIDER, key, name) => {
  const provider = chooseProvider({ EMBEDDING_PROVIDER, OPENAI_API_KEY: key, OPENAI_BASE_URL: undefined });
  expect(provider).toMatchObject({ name, dimensions: 1536 });
});

test("OpenAI without a key is refused by the name of the variable", () => {
  const settings = {
    EMBEDDING_PROVIDER: "openai",
    OPENAI_API_KEY: undefined,
    OPENAI_BASE_URL: undefined,
  } as const;
  expect(() => chooseProvider(settings)).toThrow(/OPENAI_API_KEY/);
});
