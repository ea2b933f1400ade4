import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig } from "prisma/config";
import { EMBEDDED_DATABASE_URL } from "./app/embedded-database-url.ts";

if (existsSync(".env")) process.loadEnvFile(".env");

// Prisma downloads its schema engine from a host of its own when it is installed. Where that was not possible,
// the one in prisma/schema-engine stands in, which comes from npm.
if (!process.env.PRISMA_SCHEMA_ENGINE_BINARY && !nativeEngineIsInstalled()) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY = join(
    import.meta.dirname,
    "prisma/schema-engine/schema-engine.mjs",
  );
}

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL || EMBEDDED_DATABASE_URL },
});

function nativeEngineIsInstalled(): boolean {
  const require = createRequire(import.meta.url);
  const engines = dirname(
    createRequire(require.resolve("prisma/package.json")).resolve("@prisma/engines/package.json"),
  );
  return readdirSync(engines).some((file) => /^schema-engine-(?!.*\.(tmp|gz|sha256))/.test(file));
}
