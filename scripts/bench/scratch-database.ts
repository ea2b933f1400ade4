import pg from "pg";
import type { EmbeddingTable } from "../../app/embedding-tables.ts";
import { deployThrough } from "../../app/services/prisma-migrations/apply-migration.ts";
import { seedSynthetic } from "../../app/services/synthetic/seed-synthetic.server.ts";
import type { SyntheticVector } from "../../app/services/synthetic/synthetic-vectors.ts";
import { connected } from "./connected.ts";

/** What the tables of a benchmark are filled with. */
export interface SyntheticRows {
  rows: number;
  /** Bytes beside the vector, on average. */
  rowBytes: number;
  /** Random ids, or ids in the order of time. */
  ids: "v4" | "v7";
  /** How the rows are spread over workspaces, as weights; three of unequal size unless given. */
  workspaceWeights?: readonly number[];
  /** The embeddings, at least as many as rows; generated unless given. */
  vectors?: () => Iterable<SyntheticVector>;
}

/** Everything that a benchmark generates comes from this. */
export const SEED = 1;

/** Databases of a benchmark: one template filled once, and a fresh copy of it for each measurement. */
export class ScratchDatabases {
  readonly #admin: pg.Client;
  readonly #url: string;
  readonly #names = new Set<string>();

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

  /** A new database at the baseline with generated rows in each of `tables`, vacuumed, its indexes built. */
  async template(tables: readonly EmbeddingTable[], data: SyntheticRows): Promise<string> {
    const url = await this.#create("template0");
    await connected(url, async (client) => {
      await deployThrough(client, { through: "init" });
      for (const table of tables) {
        const workspaces = data.workspaceWeights?.length;
        await seedSynthetic(client, table, { ...data, workspaces, seed: SEED, method: "copy" });
        await client.query(`VACUUM (FREEZE, ANALYZE) ${table.name}`);
      }
    });
    return url;
  }

  /** A copy of the database at `templateUrl`, with a checkpoint behind it, so that all start alike. */
  async copy(templateUrl: string): Promise<string> {
    const url = await this.#create(nameIn(templateUrl));
    await this.#admin.query("CHECKPOINT");
    return url;
  }

  async drop(url: string): Promise<void> {
    const name = nameIn(url);
    await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    this.#names.delete(name);
  }

  /** Drops all that is left and closes the connection. */
  async close(): Promise<void> {
    for (const name of this.#names) await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await this.#admin.end();
  }

  async #create(template: string): Promise<string> {
    const name = `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    this.#names.add(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }
}

function nameIn(url: string): string {
  return new URL(url).pathname.slice(1);
}
