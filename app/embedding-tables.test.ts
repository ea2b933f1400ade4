import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { EMBEDDING_TABLES } from "./embedding-tables.ts";
import { findMigration, readMigrations } from "./services/prisma-migrations/migration-files.ts";

const MIGRATIONS = await readMigrations();

/** The SQL of a migration without quotes around names, each run of blanks as one. */
function sqlOf(name: string): string {
  return plain(findMigration(MIGRATIONS, name).sql);
}

function plain(sql: string): string {
  return sql.replaceAll('"', "").replace(/\s+/g, " ");
}

/** The entries of `ARRAY['a', 'b']` constants of that name. */
function arrayIn(sql: string, name: string): string[] {
  const [, entries] = new RegExp(`${name} constant text\\[\\] := ARRAY\\[([^\\]]*)\\]`).exec(sql) ?? [];
  return (entries ?? "").split(",").map((entry) => entry.trim().replaceAll("'", ""));
}

describe.for(EMBEDDING_TABLES.map((table) => [table.name, table] as const))("%s", ([name, table]) => {
  const hnsw = `WITH (m = ${table.hnsw.m}, ef_construction = ${table.hnsw.efConstruction})`;

  test("init makes the table with its column, key and index", () => {
    const init = sqlOf("init");
    const [, columns = ""] = new RegExp(`CREATE TABLE ${name} \\( (.*?) \\);`).exec(init) ?? [];
    const [key = ""] = table.key;
    expect(table.key).toHaveLength(1);
    expect(columns).toContain(`${key} uuid PRIMARY KEY`);
    expect(columns).toContain(`${table.column} vector(${table.dimensions}),`);
    expect(init).toContain(
      `CREATE INDEX ${table.vectorIndex} ON ${name} USING hnsw (${table.column} vector_cosine_ops) ${hnsw};`,
    );
  });

  test("expand adds its twin", () => {
    const expand = sqlOf("add_halfvec_columns");
    expect(arrayIn(expand, "embedding_tables")).toContain(name);
    expect(expand).toMatch(new RegExp(`ADD COLUMN ${table.twin} (%I\\.)?halfvec\\(${table.dimensions}\\)`));
    expect(expand).toContain(`keep_twin('${table.key.join("', '")}')`);
  });

  test("a migration of its own builds the index of the twin", () => {
    expect(sqlOf(`build_${name}_halfvec_index`)).toContain(
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${table.halfvecIndex} ON ${name} USING hnsw (${table.twin} halfvec_cosine_ops) ${hnsw};`,
    );
  });

  test("the swap renames its columns", () => {
    const swap = sqlOf("swap_embedding_columns");
    expect(arrayIn(swap, "embedding_tables")).toContain(name);
    expect(swap).toContain(`RENAME COLUMN ${table.column} TO ${table.backup}`);
    expect(swap).toContain(`RENAME COLUMN ${table.twin} TO ${table.column}`);
  });

  test("the way back of the swap renames them again", async () => {
    const { path } = findMigration(MIGRATIONS, "swap_embedding_columns");
    const down = plain(await readFile(path.replace(/migration\.sql$/, "down.sql"), "utf8"));
    expect(arrayIn(down, "embedding_tables")).toContain(name);
    expect(down).toContain(`RENAME COLUMN ${table.column} TO ${table.twin}`);
    expect(down).toContain(`RENAME COLUMN ${table.backup} TO ${table.column}`);
  });

  test("contract drops its backup", async () => {
    const contract = plain(await readFile("prisma/contract/migration.sql", "utf8"));
    expect(arrayIn(contract, "embedding_tables")).toContain(name);
    expect(contract).toContain(`DROP COLUMN ${table.backup}`);
  });
});

test("no migration concerns a table that is not in the registry", () => {
  const names = EMBEDDING_TABLES.map((table) => table.name);
  const lists = MIGRATIONS.map(({ sql }) => arrayIn(plain(sql), "embedding_tables")).filter(
    ([first]) => first,
  );
  expect(lists.length).toBeGreaterThan(0);
  for (const list of lists) expect(list).toEqual(names);
  const vectors = sqlOf("init").match(/CREATE TABLE \w+ \((?:(?!CREATE TABLE).)*? vector\(/g) ?? [];
  expect(vectors.map((text) => text.split(" ")[2])).toEqual(names);
});
