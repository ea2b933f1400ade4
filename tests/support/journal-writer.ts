import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { SeededRandom } from "../../app/services/embeddings/seeded-random.ts";

/** A table as an app of before the migration knows it. */
export interface WrittenTable {
  name: string;
  /** The column with the text that was embedded. */
  text: string;
  /** Further columns that an insert must fill with an id. */
  owners: readonly string[];
}

/** What the writer wrote last: the row, or null for a row it deleted. */
export type Journal = Map<string, { text: string; embedding: string | null } | null>;

const KINDS = ["insert", "embed", "retitle", "empty", "delete", "transaction"] as const;
type Kind = (typeof KINDS)[number];
/** How often each comes, of 20. */
const DRAWS: readonly Kind[] = KINDS.flatMap((kind) =>
  Array.from(
    { length: { insert: 4, embed: 6, retitle: 5, empty: 1, delete: 2, transaction: 2 }[kind] },
    () => kind,
  ),
);

/**
 * A client that writes as an app of before the migration does, always with `$n::vector(1536)`, to rows that no other
 * writer touches, and keeps a journal of what it wrote. It goes on after an error and keeps that too.
 */
export class JournalWriter {
  readonly journals = new Map<WrittenTable, Journal>();
  readonly errors: string[] = [];
  readonly done: Record<Kind, number> = {
    insert: 0,
    embed: 0,
    retitle: 0,
    empty: 0,
    delete: 0,
    transaction: 0,
  };
  readonly #client: pg.Client;
  readonly #random: SeededRandom;
  readonly #named: boolean;
  readonly #mostPauseMs: number;
  #serial = 0;

  /**
   * @param named whether to write by named prepared statements, which outlive a change of the table.
   * @param mostPauseMs the longest pause between two writes, in milliseconds.
   */
  constructor(client: pg.Client, random: SeededRandom, named: boolean, mostPauseMs = 10) {
    this.#client = client;
    this.#random = random;
    this.#named = named;
    this.#mostPauseMs = mostPauseMs;
  }

  /** Writes done so far, of all kinds. */
  get writes(): number {
    return Object.values(this.done).reduce((sum, count) => sum + count, 0);
  }

  /** Makes these rows of `table` its own, as they are now. */
  async own(table: WrittenTable, ids: readonly string[]): Promise<void> {
    const { rows } = await this.#client.query<{ id: string; text: string; embedding: string | null }>(
      `SELECT id, ${table.text} AS text, embedding::text FROM ${table.name} WHERE id = ANY ($1)`,
      [ids],
    );
    this.journals.set(table, new Map(rows.map(({ id, text, embedding }) => [id, { text, embedding }])));
  }

  /**
   * Writes one thing after the other until `stop` is aborted.
   * @param only what it keeps to, of what it draws.
   */
  async run(stop: AbortSignal, only: readonly Kind[] = KINDS): Promise<void> {
    const draws = DRAWS.filter((kind) => only.includes(kind));
    while (!stop.aborted) {
      const kind = draws[this.#random.below(draws.length)] as Kind;
      try {
        await (kind === "transaction" ? this.#transaction() : this.#write(kind, this.#anyTable()));
        this.done[kind]++;
      } catch (error) {
        this.errors.push(`${kind}: ${error instanceof Error ? error.message : error}`);
      }
      await sleep(this.#random.below(this.#mostPauseMs));
    }
  }

  /** Two rows of different tables at once, the tables in either order. */
  async #transaction(): Promise<void> {
    const before = [...this.journals].map(([table, journal]) => [table, new Map(journal)] as const);
    const tables = [...this.journals.keys()];
    if (this.#random.below(2) === 0) tables.reverse();
    await this.#client.query("BEGIN");
    try {
      for (const table of tables) {
        await this.#write("embed", table);
        await sleep(this.#random.below(20));
      }
      await this.#client.query("COMMIT");
    } catch (error) {
      for (const [table, journal] of before) this.journals.set(table, journal);
      await this.#client.query("ROLLBACK");
      throw error;
    }
  }

  async #write(kind: Exclude<Kind, "transaction">, table: WrittenTable): Promise<void> {
    const journal = this.journals.get(table) as Journal;
    const id = this.#anyId(journal);
    const row = id === undefined ? null : journal.get(id);
    if (kind === "insert" || id === undefined || !row) return this.#insert(table, journal);
    switch (kind) {
      case "embed": {
        const embedding = this.#vector();
        await this.#changed(`UPDATE ${table.name} SET embedding = $2::vector(1536) WHERE id = $1`, [
          id,
          embedding,
        ]);
        journal.set(id, { ...row, embedding });
        break;
      }
      case "retitle": {
        const text = this.#text();
        await this.#changed(`UPDATE ${table.name} SET ${table.text} = $2 WHERE id = $1`, [id, text]);
        journal.set(id, { ...row, text });
        break;
      }
      case "empty":
        await this.#changed(`UPDATE ${table.name} SET embedding = NULL WHERE id = $1`, [id]);
        journal.set(id, { ...row, embedding: null });
        break;
      case "delete":
        await this.#changed(`DELETE FROM ${table.name} WHERE id = $1`, [id]);
        journal.set(id, null);
    }
  }

  async #insert(table: WrittenTable, journal: Journal): Promise<void> {
    const [id, text, embedding] = [this.#random.uuid(4).toString("hex"), this.#text(), this.#vector()];
    const columns = ["id", table.text, "embedding", "workspace_id", ...table.owners];
    const values = ["$1", "$2", "$3::vector(1536)", "$1", ...table.owners.map(() => "$1")];
    await this.#changed(`INSERT INTO ${table.name} (${columns.join(", ")}) VALUES (${values.join(", ")})`, [
      id,
      text,
      embedding,
    ]);
    journal.set(id, { text, embedding });
  }

  async #changed(text: string, values: unknown[]): Promise<void> {
    const named = this.#named ? { name: text.replace(/\W+/g, "_").slice(0, 60) } : {};
    const { rowCount } = await this.#client.query({ text, values, ...named });
    if (rowCount !== 1) throw new Error(`${rowCount} rows instead of 1: ${text}`);
  }

  #anyTable(): WrittenTable {
    const tables = [...this.journals.keys()];
    return tables[this.#random.below(tables.length)] as WrittenTable;
  }

  #anyId(journal: Journal): string | undefined {
    const living = [...journal].filter(([, row]) => row !== null);
    return living[this.#random.below(living.length)]?.[0];
  }

  #vector(): string {
    return `[${Array.from({ length: 1536 }, () => (this.#random.uniform() * 2 - 1).toFixed(7)).join(",")}]`;
  }

  #text(): string {
    return `written ${++this.#serial} `.repeat(1 + this.#random.below(30));
  }
}
