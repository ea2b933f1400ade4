import { randomUUID } from "node:crypto";
import type pg from "pg";

/** A direction of the embedding space: numbers by axis, the others are zero. */
export type Direction = Readonly<Record<number, number>>;

/** Makes pages by name in one workspace, with chunks in given directions and links between them. */
export class LinkedPages {
  readonly workspaceId = randomUUID();
  readonly #pool: pg.Pool;
  readonly #ids = new Map<string, string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The id of the page of that name, whether it is written yet or not. */
  id(name: string): string {
    const known = this.#ids.get(name) ?? randomUUID();
    this.#ids.set(name, known);
    return known;
  }

  name(id: string): string {
    return [...this.#ids].find(([, known]) => known === id)?.[0] ?? `unknown page ${id}`;
  }

  /** Writes the workspace and these pages; each with a chunk for every direction. */
  async write(pages: Readonly<Record<string, readonly Direction[]>>): Promise<void> {
    await this.#pool.query(
      "INSERT INTO workspaces (id, name) VALUES ($1, 'Linked pages') ON CONFLICT DO NOTHING",
      [this.workspaceId],
    );
    const names = Object.keys(pages);
    await this.#pool.query(
      "INSERT INTO pages (id, workspace_id, title) SELECT id, $3, title FROM unnest($1::uuid[], $2::text[]) AS p (id, title)",
      [names.map((name) => this.id(name)), names, this.workspaceId],
    );
    const chunks = Object.entries(pages).flatMap(([name, directions]) =>
      directions.map((direction, index) => ({ page: this.id(name), index, vector: vectorOf(direction) })),
    );
    await this.#pool.query(
      `INSERT INTO page_embeddings (page_id, chunk_index, embedding, workspace_id)
       SELECT page, chunk, vector::vector, $4
       FROM unnest($1::uuid[], $2::int[], $3::text[]) AS c (page, chunk, vector)`,
      [
        chunks.map(({ page }) => page),
        chunks.map(({ index }) => index),
        chunks.map(({ vector }) => vector),
        this.workspaceId,
      ],
    );
  }

  /** Links pages: `"a b"` is a link from `a` to `b`. */
  async link(...links: readonly string[]): Promise<void> {
    const pairs = links.map((link) => link.split(" ").map((name) => this.id(name)));
    await this.#pool.query(
      `INSERT INTO page_links (source_page_id, target_page_id, created_at)
       SELECT source, target, timestamptz '2026-01-01' + n * interval '1 second'
       FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS l (source, target, n)`,
      [pairs.map(([source]) => source), pairs.map(([, target]) => target)],
    );
  }
}

function vectorOf(direction: Direction): string {
  const vector = new Array<number>(1536).fill(0);
  for (const [axis, value] of Object.entries(direction)) vector[Number(axis)] = value;
  return JSON.stringify(vector);
}
