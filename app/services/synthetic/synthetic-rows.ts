import type { EmbeddingTable } from "../../embedding-tables.ts";
import { binaryHalfvec, binaryVector } from "../embeddings/binary-vector.ts";
import { derivedSeed, SeededRandom } from "../embeddings/seeded-random.ts";
import { stableId } from "../embeddings/stable-id.ts";
import { integerField, jsonbField } from "./binary-copy.ts";
import { syntheticText } from "./synthetic-text.ts";
import { type SyntheticVector, syntheticVectors, weightedTable, zipfTable } from "./synthetic-vectors.ts";

export interface SyntheticRowOptions {
  seed: number;
  /** `v7`: ids that grow with time, rows in the order of their key. `v4`: random ids. Default `v7`. */
  ids?: "v4" | "v7" | undefined;
  /** About how many bytes of a row are not the embedding, its header included. Default 400. */
  rowBytes?: number | undefined;
  /** Over how many workspaces the rows are spread; the second has half as many as the first, and so on. Default 3. */
  workspaces?: number | undefined;
  /** The weight of each workspace, where they are to be spread in another way: `workspaces` of them. */
  workspaceWeights?: readonly number[] | undefined;
  /** The embeddings, at least as many as rows; generated unless given. */
  vectors?: (() => Iterable<SyntheticVector>) | undefined;
}

/** A column to fill: its name, and its type as `pg_type` calls it. */
export interface SyntheticColumn {
  readonly name: string;
  readonly type: "uuid" | "int4" | "text" | "jsonb" | "vector" | "halfvec";
}

/** Milliseconds since 1970 of the first time-ordered id: 1 January 2026. Each row is a millisecond later. */
const FIRST_ID_AT = Date.UTC(2026, 0, 1);

/** The id of a workspace that synthetic rows belong to. */
export function syntheticWorkspaceId(seed: number, workspace: number): string {
  return stableId("synthetic workspace", seed, workspace);
}

/**
 * Endless rows for a table, each the binary fields of `columns` in their order: the key, the workspace, ids that are
 * the same for the pieces of one document, their number within it, text, the embedding. The length of the text varies, and
 * makes rows of `rowBytes` on average.
 * @param options.offset rows that are there already: another offset makes other rows
 */
export function* syntheticRows(
  table: EmbeddingTable,
  columns: readonly SyntheticColumn[],
  options: SyntheticRowOptions & { offset: number },
): Generator<Buffer[], never, void> {
  const { seed, offset, ids = "v7", rowBytes = 400, workspaces = 3, workspaceWeights } = options;
  const stream = `${table.name} ${offset}`;
  const random = new SeededRandom(derivedSeed(seed, stream, "rows"));
  const popularity = workspaceWeights ? weightedTable(workspaceWeights) : zipfTable(workspaces);
  const workspaceIds = Array.from({ length: workspaces }, (_, index) =>
    uuidField(syntheticWorkspaceId(seed, index)),
  );
  const textBytes = Math.max(1, rowBytes - fixedBytes(columns));

  let document = -1;
  let piece = 0;
  let row = offset;
  let workspace = workspaceIds[0] as Buffer;
  const owners = new Map<string, Buffer>();
  const vectors = options.vectors?.() ?? syntheticVectors({ seed, dimensions: table.dimensions, stream });
  for (const next of vectors) {
    piece = next.document === document ? piece + 1 : 0;
    if (next.document !== document) {
      document = next.document;
      workspace = workspaceIds[popularity(random.uniform())] as Buffer;
      owners.clear();
    }
    yield columns.map(({ name, type }) => {
      switch (type) {
        case "uuid": {
          if (table.key.includes(name)) return random.uuid(ids === "v7" ? 7 : 4, FIRST_ID_AT + row);
          if (name === "workspace_id") return workspace;
          const owner = owners.get(name) ?? random.uuid(4);
          owners.set(name, owner);
          return owner;
        }
        case "int4":
          return integerField(piece);
        case "text":
          return Buffer.from(
            isBody(name) ? syntheticText(random, bodyBytes(random, textBytes)) : `Document ${document + 1}`,
          );
        case "jsonb":
          return jsonbField({ synthetic: true, piece });
        case "vector":
          return binaryVector(next.vector);
        case "halfvec":
          return binaryHalfvec(next.vector);
        default:
          throw new TypeError(`No generated values for type ${type satisfies never}`);
      }
    });
    row++;
  }
  throw new Error("The vectors ended");
}

/**
 * The length of one body: evenly between a fifth and nine fifths of the mean, a coefficient of variation of 0.46. Chunks
 * of real text (the documents of npm packages, chunked by this project) have 0.46 to 0.61.
 */
function bodyBytes(random: SeededRandom, mean: number): number {
  return Math.max(1, Math.round(mean * (0.2 + 1.6 * random.uniform())));
}

function isBody(column: string): boolean {
  return column === "chunk_text" || column === "content";
}

function uuidField(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

/** Bytes of a stored row without its body and its embedding: item pointer, header, columns, two timestamps. */
function fixedBytes(columns: readonly SyntheticColumn[]): number {
  const sizes = { uuid: 16, int4: 4, text: 16, jsonb: 40, vector: 18, halfvec: 18 };
  return columns.reduce((bytes, column) => bytes + sizes[column.type], 4 + 24 + 16);
}
