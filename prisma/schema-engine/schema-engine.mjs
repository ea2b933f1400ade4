#!/usr/bin/env node
// Stands where Prisma's CLI expects its native schema engine, so that the CLI works with what npm installs:
// the same engine as WebAssembly, on node-postgres. Three ways to be called, as the native program:
//
//   schema-engine.mjs --datamodels FILE … --datasource JSON     JSON-RPC 2.0, one message a line, until EOF
//   schema-engine.mjs --datasource JSON cli COMMAND             can-connect-to-database | create-database
//   schema-engine.mjs --version
//
// Standard error carries log lines, JSON too. Exit codes: 0, 1 for an error of a `cli` command, 2 for usage.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { canConnect, createDatabase } from "./database-commands.mjs";
import { panic, startEngine } from "./wasm-engine.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: "string", multiple: true, default: [] },
    datasource: { type: "string", default: "{}" },
    "enabled-preview-features": { type: "string" },
    "extension-types": { type: "string" },
    version: { type: "boolean" },
  },
});
const { url } = JSON.parse(values.datasource);

if (values.version) {
  // The package does not export its package.json.
  const entry = pathToFileURL(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  const { version } = JSON.parse(await readFile(new URL("package.json", entry), "utf8"));
  process.stdout.write(`schema-engine-cli ${version}\n`);
} else if (positionals[0] === "cli") {
  await runCommand(positionals[1]);
} else {
  await serveRequests();
}

async function runCommand(name) {
  const command = { "can-connect-to-database": canConnect, "create-database": createDatabase }[name];
  if (!command) {
    logError(new Error(`This engine does not know the command ${name}`));
    process.exitCode = 2;
    return;
  }
  try {
    await command(url);
  } catch (error) {
    logError(error);
    process.exitCode = 1;
  }
}

async function serveRequests() {
  let run;
  let request;
  // A panic of the engine does not reject the call it happened in.
  process.on("uncaughtException", (error) => {
    sendError(request, new Error(panic.message || error.stack));
    process.exit(101);
  });
  const methods = {
    createDatabase: async ({ datasource }) => ({ databaseName: await createDatabase(datasource.url) }),
    getDatabaseVersion: (params) => run("version", params),
    diff: async (params) => {
      const { stdout, exitCode } = await run("diff", params);
      if (stdout) send({ jsonrpc: "2.0", id: "print", method: "print", params: { content: stdout } });
      return { exitCode, stdout: null };
    },
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params = {} } = JSON.parse(line);
    if (!method) continue; // The CLI's answer to a `print`.
    request = id;
    try {
      run ??= await startEngine({ url: requireUrl(), datamodels: await readDatamodels(), log: logLine });
      const result = methods[method] ? await methods[method](params) : await run(method, params);
      send({ jsonrpc: "2.0", id, result: result ?? null });
    } catch (error) {
      sendError(id, error);
    }
  }
  // The adapter's pool would hold the process for as long as its connections idle.
  process.exit(0);
}

function requireUrl() {
  if (!url) throw new Error("No database URL: set datasource.url in prisma.config.ts");
  return url;
}

function readDatamodels() {
  return Promise.all(values.datamodels.map(async (path) => [path, await readFile(path, "utf8")]));
}

function sendError(id, error) {
  send({
    jsonrpc: "2.0",
    id,
    error: {
      code: 4466,
      message: "An error happened. Check the data field for details.",
      data: { is_panic: false, message: error.message, error_code: error.code, meta: null },
    },
  });
}

function send(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function logLine(line) {
  process.stderr.write(`${line.trimEnd()}\n`);
}

function logError(error) {
  // The CLI passes over the first line: the native engine introduces itself there.
  logLine(
    JSON.stringify({
      level: "INFO",
      fields: { message: "Starting schema engine CLI" },
      target: "schema_engine",
    }),
  );
  logLine(
    JSON.stringify({
      level: "ERROR",
      target: "schema_engine::logger",
      fields: { message: error.message, error_code: error.code, is_panic: false },
    }),
  );
}
