import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { finished, startCode } from "../support/cli.ts";

const ENTRY = JSON.stringify(new URL("../../app/entry.server.tsx", import.meta.url).href);
const DATABASE = "postgresql://nobody@127.0.0.1:1/none";
const SESSION_SECRET = "s".repeat(32);

/** Loads what the web server loads first, and ends. */
const start = (env: Record<string, string | undefined>) =>
  finished(
    startCode(`await import(${ENTRY}); process.exit()`, {
      databaseUrl: DATABASE,
      env: { NODE_ENV: "production", APP_URL: undefined, SESSION_SECRET, ...env },
    }),
  );

describe("in production the app", () => {
  test("does not start without a secret, and says which variable is missing", async () => {
    const refused = await start({ SESSION_SECRET: undefined });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/SESSION_SECRET is not set\. .*openssl rand -hex 32/);
    const short = await start({ SESSION_SECRET: randomUUID().slice(0, 20) });
    expect(short.stderr).toMatch(/SESSION_SECRET: 32 characters or more/);
  });

  test("says once that sessions go over http where APP_URL is not set", async () => {
    const warning = /APP_URL is not set: .* Set APP_URL to the https address/g;
    const { code, stderr } = await start({});
    expect([code, stderr.match(warning)?.length]).toEqual([0, 1]);
    expect(await start({ APP_URL: "https://search.example.com" })).toMatchObject({ code: 0, stderr: "" });
    expect(await start({ NODE_ENV: "test" })).toMatchObject({ code: 0, stderr: "" });
  });
});
