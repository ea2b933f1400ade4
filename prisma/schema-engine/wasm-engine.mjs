import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import { KnownError } from "./known-error.mjs";
import { SingleQueryAdapterFactory } from "./single-query-adapter.mjs";

/** What the engine said last before it panicked: it reports that through this global. */
export const panic = { message: "" };
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message: (message) => {
    panic.message = message;
  },
};

/**
 * Starts Prisma's schema engine, compiled to WebAssembly, on a database.
 *
 * @param {{ url: string, datamodels: [path: string, content: string][], log: (line: string) => void }} options
 *   `log` takes the engine's own log, one JSON object a call.
 * @returns {Promise<(method: string, params: object) => Promise<unknown>>} runs one method of the engine's
 *   `SchemaEngine`. Throws a {@link KnownError} with the server's own words where a migration fails.
 */
export async function startEngine({ url, datamodels, log }) {
  await loadModule();
  const adapters = new SingleQueryAdapterFactory(url);
  const engine = await bindings.SchemaEngine.new(
    { datamodels: datamodels.length > 0 ? datamodels : undefined },
    log,
    bindMigrationAwareSqlAdapterFactory(adapters),
  );
  return async (method, params) => {
    if (typeof engine[method] !== "function")
      throw new Error(`This engine does not know the method ${method}`);
    try {
      return await engine[method](params);
    } catch (error) {
      throw asKnownError(error, adapters.failedScript);
    }
  };
}

/** The engine's own text for a failed migration ends in a trace of its Rust functions; the native one says this. */
function asKnownError(error, failedScript) {
  if (error instanceof WebAssembly.RuntimeError)
    return new KnownError(undefined, panic.message || error.message);
  const migration = /with migration_name="([^"]*)"/.exec(error.message)?.[1];
  if (!migration || !failedScript) return new KnownError(error.code, withoutTrace(error.message));
  const { severity, code, message, detail, hint } = failedScript;
  return new KnownError(
    "P3018",
    [
      "A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read " +
        "more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve",
      `Migration name: ${migration}`,
      `Database error code: ${code}`,
      [`Database error:\n${severity}: ${message}`, detail && `DETAIL: ${detail}`, hint && `HINT: ${hint}`]
        .filter(Boolean)
        .join("\n"),
    ].join("\n\n"),
  );
}

function withoutTrace(message) {
  return message.replace(/\n {3}0: [\s\S]*$/, "");
}

/** The package's own entry imports the `.wasm` file as a module, which Node 20 cannot. */
async function loadModule() {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = await readFile(new URL("schema_engine_bg.wasm", `file://${entry}`));
  const { instance } = await WebAssembly.instantiate(wasm, { "./schema_engine_bg.js": bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}
