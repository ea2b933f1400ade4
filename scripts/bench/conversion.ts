/**
 * `npm run bench:conversion [-- --rows N --row-bytes N --repetitions N --only comparison|load --database-url URL]`: the conversion against what one would do without this project, all sides in one run on
 * copies of the same database, interleaved; then search and writers while it runs, and the longest wait at the swap.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { EMBEDDING_TABLES, PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { env } from "../../app/env.server.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import { CONVERSION_DEFAULTS } from "../../app/services/halfvec/convert/options.ts";
import { runMigration } from "../../app/services/halfvec/run.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import { formatBytes, formatShare, formatTable } from "../migrate-to-halfvec/format.ts";
import { backgroundLoad } from "./background-load.ts";
import { BATCHES_BY_KEY, ONE_UPDATE, WITHOUT_INDEX, waves } from "./conversion-methods.ts";
import { type ConversionFigures, measureConversion } from "./measured-run.ts";
import { ScratchDatabases } from "./scratch-database.ts";
import { median, percentile } from "./statistics.ts";

const TABLE = PAGE_EMBEDDINGS;
const METHODS = [ONE_UPDATE, BATCHES_BY_KEY, waves(1), waves(2), WITHOUT_INDEX];
const IDLE_MS = 10_000;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "20000" },
    "row-bytes": { type: "string", default: "400" },
    repetitions: { type: "string", default: "3" },
    only: { type: "string" },
    "database-url": { type: "string", default: env.DATABASE_URL },
  },
});
const rows = Number(values.rows);
const rowBytes = Number(values["row-bytes"]);
const repetitions = Number(values.repetitions);

const scratch = await ScratchDatabases.open(values["database-url"]);
try {
  const template = await scratch.template(TABLE, rows, rowBytes);
  const comparison = values.only === "load" ? {} : await compareMethods(template);
  const load = values.only === "comparison" ? [] : await measureUnderLoad(template);
  const result = { rows, rowBytes, repetitions, machine: await describeMachine(), comparison, load };
  await mkdir("bench/results", { recursive: true });
  await writeFile("bench/results/conversion.json", `${JSON.stringify(result, null, 2)}\n`);
} finally {
  await scratch.close();
}

async function compareMethods(template: string): Promise<Record<string, ConversionFigures[]>> {
  const figures: Record<string, ConversionFigures[]> = {};
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const method of METHODS) {
      const url = await scratch.copy(template);
      const measured = await measureConversion(url, TABLE, method);
      figures[method.name] = [...(figures[method.name] ?? []), measured];
      await scratch.drop(url);
      process.stderr.write(`${repetition}/${repetitions} ${method.name}: ${measured.seconds.toFixed(2)} s\n`);
    }
  }
  const middle = (name: string, pick: (one: ConversionFigures) => number) =>
    median((figures[name] ?? []).map(pick));
  const base = middle(BATCHES_BY_KEY.name, (one) => one.seconds);
  const baseWal = middle(BATCHES_BY_KEY.name, (one) => one.walBytes);
  const lines = METHODS.map(({ name }) => {
    const seconds = (figures[name] ?? []).map((one) => one.seconds);
    const wal = middle(name, (one) => one.walBytes);
    return [
      name,
      `${median(seconds).toFixed(2)} s`,
      `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`,
      (median(seconds) / base).toFixed(3),
      formatBytes(wal),
      (wal / baseWal).toFixed(2),
      formatShare(
        middle(name, (one) => one.hotShare),
        1,
      ),
      formatBytes(middle(name, (one) => one.grownBytes)),
    ];
  });
  const header = ["method", "median", "min–max", "of batches", "WAL", "of batches", "HOT", "grown by"];
  process.stdout.write(`${formatTable(header, lines).join("\n")}\n\n`);
  return figures;
}

/** Search and writes before and during the whole migration of the table. */
async function measureUnderLoad(template: string) {
  const runs: Record<string, number>[] = [];
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    const url = await scratch.copy(template);
    const idle = await backgroundLoad(url, TABLE);
    await sleep(IDLE_MS);
    const before = await idle.stop();
    const converting = await measurePhase(url, "convert");
    await measurePhase(url, "verify");
    const swapping = await measurePhase(url, "swap");
    runs.push({
      idleSearchP95: percentile(before.searches, 0.95),
      convertSearchP95: percentile(converting.searches, 0.95),
      idleWriteMax: Math.max(...before.writes),
      convertWriteP95: percentile(converting.writes, 0.95),
      convertWriteMax: Math.max(...converting.writes),
      swapWriteMax: Math.max(...swapping.writes),
      swapSearchMax: Math.max(...swapping.searches),
      errors: before.errors.length + converting.errors.length + swapping.errors.length,
    });
    await scratch.drop(url);
  }
  const names = Object.keys(runs[0] ?? {});
  const lines = names.map((name) => {
    const all = runs.map((run) => run[name] ?? Number.NaN);
    const digits = name === "errors" ? 0 : 1;
    return [
      name,
      median(all).toFixed(digits),
      `${Math.min(...all).toFixed(digits)}–${Math.max(...all).toFixed(digits)}`,
    ];
  });
  process.stdout.write(`${formatTable(["under load (ms)", "median", "min–max"], lines).join("\n")}\n`);
  return runs;
}

async function measurePhase(url: string, until: "convert" | "verify" | "swap") {
  const connections = await openConnections(url);
  const load = await backgroundLoad(url, TABLE);
  await runMigration(
    connections,
    {
      tables: EMBEDDING_TABLES,
      allTables: EMBEDDING_TABLES,
      until,
      conversion: CONVERSION_DEFAULTS,
      verification: VERIFICATION_DEFAULTS,
      reconnectSeconds: 0,
      confirmSwap: async () => true,
    },
    () => undefined,
    new AbortController().signal,
  );
  return load.stop();
}

async function describeMachine() {
  const client = new pg.Client({ connectionString: values["database-url"] });
  await client.connect();
  const { rows: versions } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version') AS postgresql, current_setting('shared_buffers') AS shared_buffers,
            current_setting('maintenance_work_mem') AS maintenance_work_mem,
            (SELECT default_version FROM pg_available_extensions WHERE name = 'vector') AS pgvector`,
  );
  await client.end();
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    node: process.version,
    date: new Date().toISOString(),
    ...versions[0],
  };
}
