import pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { seedSynthetic } from "../../app/services/synthetic/seed-synthetic.server.ts";

/** Databases of a benchmark: one template filled once, and a fresh copy of it for each measurement. */
export class ScratchDatabases {
  readonly #admin: pg.Client;
  readonly #url: string;
  readonly #names: string[] = [];

  private constructor(admin: pg.Client, url: string) {
    this.#admin = admin;
    this.#url = url;
  }

  /** @param url a database on the server, with a role that may create databases. */
  static async open(url: string): Promise<ScratchDatabases> {
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    return new ScratchDatabases(admin, url);
  }

  /** A new database at the baseline with `rows` generated rows in `table`, vacuumed, its indexes built. */
  async template(table: EmbeddingTable, rows: number, rowBytes: number): Promise<string> {
    const url = await this.#create("template0");
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await deployThrough(client, { through: "init" });
    await seedSynthetic(client, table, { rows, seed: 1, method: "copy", ids: "v7", rowBytes });
    await client.query(`VACUUM (FREEZE, ANALYZE) ${table.name}`);
    await client.end();
    return url;
  }

  /** A copy of the database at `templateUrl`, with a checkpoint behind it, so that all start alike. */
  async copy(templateUrl: string): Promise<string> {
    const url = await this.#create(new URL(templateUrl).pathname.slice(1));
    await this.#admin.query("CHECKPOINT");
    return url;
  }

  async drop(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1);
    await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    this.#names.splice(this.#names.indexOf(name), 1);
  }

  /** Drops all that is left and closes the connection. */
  async close(): Promise<void> {
    for (const name of this.#names) await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.#admin.end();
  }

  async #create(template: string): Promise<string> {
    const name = `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    this.#names.push(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }
}
