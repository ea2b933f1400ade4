import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { parseArguments } from "../../scripts/migrate-to-halfvec/arguments.ts";
import {
  COMMANDS,
  type CommandName,
  OPTIONS,
  type OptionName,
} from "../../scripts/migrate-to-halfvec/commands.ts";
import { finished, startPrisma } from "../support/cli.ts";
import { migrationsAfterInit, statementsBeforeSwapBack } from "../support/down-migrations.ts";
import { fillTable } from "../support/embedding-rows.ts";
import { runUntil } from "../support/engine.ts";
import { readScenarios } from "../support/guide-blocks.ts";
import { commandsOf } from "../support/guide-commands.ts";
import { anchorsOf, codeSpansOf, linksOf, proseOf, sectionOf, tableOf } from "../support/guide-text.ts";
import { test as base } from "../support/test.ts";

const test = base.override({ through: "init" });
const GUIDE = await readFile("MIGRATION_GUIDE.md", "utf8");
const NAMES = Object.keys(COMMANDS) as CommandName[];
const CODE = ["app/services/halfvec", "scripts/migrate-to-halfvec", "prisma/migrations", "prisma/contract"];

/** The first column of the table of what goes wrong. */
const MESSAGES = tableOf(sectionOf(GUIDE, "Troubleshooting"), "you see").flatMap(([cell = ""]) =>
  codeSpansOf(cell),
);
/** Those that others print: provoked below. */
const OF_OTHERS = [
  "P3009",
  "[-] Removed index on columns (embedding)",
  "hnsw graph no longer fits into maintenance_work_mem",
];

async function sources(): Promise<string[]> {
  const texts: string[] = [];
  for (const directory of CODE) {
    for (const entry of await readdir(directory, { recursive: true })) {
      if (/\.(ts|sql)$/.test(entry) && !entry.endsWith(".test.ts")) {
        texts.push(await readFile(join(directory, entry), "utf8"));
      }
    }
  }
  return texts;
}

/** The parts of a message that do not depend on a value. */
function fixedPartsOf(message: string): string[] {
  return message.split("…").filter((part) => part !== "");
}

describe("commands in the text", () => {
  test("every fenced block of commands belongs to a scenario that is run", () => {
    const fenced = GUIDE.match(/^```(?:sh|sql)$/gm)?.length;
    expect(readScenarios(GUIDE).flatMap(({ blocks }) => blocks)).toHaveLength(fenced ?? -1);
    expect(fenced).toBeGreaterThan(50);
    expect(GUIDE.match(/^```/gm)).toHaveLength(
      2 * ((fenced ?? 0) + (GUIDE.match(/^```text$/gm)?.length ?? 0)),
    );
  });

  test("one in the middle of a sentence stands in a block too", () => {
    const run = new Set(readScenarios(GUIDE).flatMap(({ blocks }) => blocks.flatMap(commandsOf)));
    const named = codeSpansOf(proseOf(GUIDE)).filter((code) => /^(npm|npx|psql|pg_\w+) \S/.test(code));
    expect(named.length).toBeGreaterThan(10);
    expect(named.map((code) => code.replace(/ --$/, "")).filter((code) => !run.has(code))).toEqual([]);
  });

  test("a statement in the middle of a sentence is none to be run", () => {
    expect(codeSpansOf(proseOf(GUIDE)).filter((code) => code.endsWith(";"))).toEqual([]);
  });

  test("every option that is named is one", () => {
    const named = codeSpansOf(proseOf(GUIDE)).flatMap((code) => code.match(/(?<=^|\s)--[a-z-]+/g) ?? []);
    const known = [
      ...Object.keys(OPTIONS).map((name) => `--${name}`),
      "--shm-size",
      "--rolled-back",
      "--applied",
    ];
    expect(named.filter((option) => !known.includes(option))).toEqual([]);
  });
});

test("what the guide tells to run by hand is what the head of the swap's down.sql tells", async () => {
  const byHand = readScenarios(GUIDE).find(({ title }) => title.startsWith("By hand"));
  expect(byHand?.blocks[0]?.text.split("\n")).toEqual(await statementsBeforeSwapBack());
  const files = byHand?.blocks[1]?.text.match(/prisma\/migrations\/\S+/g);
  const downs = (await migrationsAfterInit()).map(({ name }) => `prisma/migrations/${name}/down.sql`);
  expect(files).toEqual(downs.toReversed());
});

describe("the command reference", () => {
  const reference = sectionOf(GUIDE, "Command reference");

  test("has every command, and no other", () => {
    expect(tableOf(reference, "command").map(([name]) => name)).toEqual(NAMES.map((name) => `\`${name}\``));
  });

  test("has every option with the commands that take it, and no other", () => {
    const rows = tableOf(reference, "option").map(([option, , , commands = ""]) => [option, commands]);
    const expected = (Object.keys(OPTIONS) as OptionName[]).map((option) => {
      const takers = NAMES.filter((name) => (COMMANDS[name].options as readonly string[]).includes(option));
      const all = takers.length === NAMES.length;
      return [`\`--${option}\``, all ? "all" : takers.map((name) => `\`${name}\``).join(", ")];
    });
    expect(rows.toSorted()).toEqual(expected.toSorted());
  });

  test("has the defaults", () => {
    const defaults = new Map(tableOf(reference, "option").map(([option, , value]) => [option, value]));
    const { until, to, reclaim, afterDays, reconnectSeconds, conversion } = parseArguments([]);
    expect([defaults.get("`--until`"), defaults.get("`--to`"), defaults.get("`--reclaim`")]).toEqual(
      [until, to, reclaim].map((word) => `\`${word}\``),
    );
    for (const [option, value] of [
      ["--after-days", afterDays],
      ["--reconnect-seconds", reconnectSeconds],
      ["--workers", conversion.workers],
      ["--batch-ms", conversion.batchMs],
      ["--lock-timeout", conversion.lockTimeoutMs],
      ["--max-replica-lag", conversion.maxReplicaLagSeconds],
    ]) {
      expect(defaults.get(`\`${option}\``), String(option)).toBe(String(value));
    }
  });
});

describe("what goes wrong", () => {
  test.for(MESSAGES.filter((message) => !OF_OTHERS.includes(message)))(
    "'%s' is printed by the code",
    async (message) => {
      const texts = await sources();
      const missing = fixedPartsOf(message).filter((part) => !texts.some((text) => text.includes(part)));
      expect(missing).toEqual([]);
    },
  );

  test("the messages of others are those that are provoked here", () => {
    expect(MESSAGES).toEqual(expect.arrayContaining(OF_OTHERS));
  });

  test("P3009, after a deploy that came before the tool", { timeout: 120_000 }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 5);
    const deploy = async () => {
      const { stdout, stderr } = await finished(
        startPrisma({ args: ["migrate", "deploy"], databaseUrl: database.url }),
      );
      return stdout + stderr;
    };
    expect(await deploy()).toContain("P3018");
    expect(await deploy()).toContain("P3009");
  });

  test("Prisma would drop the index that it cannot describe", { timeout: 120_000 }, async ({ database }) => {
    await fillTable(database, PAGE_EMBEDDINGS, 5);
    await runUntil(database, "swap");
    const args = ["migrate", "diff", "--from-config-datasource", "--to-schema", "prisma/schema.prisma"];
    const { stdout } = await finished(startPrisma({ args, databaseUrl: database.url }));
    expect(stdout).toContain("[-] Removed index on columns (embedding)");
  });

  test("pgvector says when the graph does not fit the memory", async ({ database }) => {
    const notices: string[] = [];
    database.client.on("notice", ({ message }) => notices.push(message ?? ""));
    await database.query(
      `CREATE TABLE large AS SELECT array_fill(random()::real, '{1536}')::halfvec(1536) AS embedding FROM generate_series(1, 400)`,
    );
    await database.query("SET maintenance_work_mem = '1MB'");
    await database.query("CREATE INDEX ON large USING hnsw (embedding halfvec_l2_ops)");
    expect(notices.join("\n")).toContain("hnsw graph no longer fits into maintenance_work_mem");
  });

  test("a prepared SELECT * fails when expand has added a column", async ({ database }) => {
    const columns = { name: "all", text: "SELECT * FROM documents" };
    await database.client.query(columns);
    await runUntil(database, "expand");
    await expect(database.client.query(columns)).rejects.toThrow("cached plan must not change result type");
    await database.client.query({ ...columns, name: "all, prepared anew" });
  });
});

describe("links", () => {
  test("lead to headings and files that are there", () => {
    const anchors = anchorsOf(GUIDE);
    const broken = linksOf(GUIDE).filter((link) =>
      link.startsWith("#") ? !anchors.includes(link.slice(1)) : !existsSync(link.split("#")[0] ?? ""),
    );
    expect(broken).toEqual([]);
  });
});
