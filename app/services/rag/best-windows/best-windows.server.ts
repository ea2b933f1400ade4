import pg from "pg";
import type { Database } from "../../../db.server.ts";
import { SEARCH_SOURCES, type SearchSource } from "../search-sources.ts";
import type { SearchType } from "../search-types.ts";
import { windowTerms } from "./window-terms.ts";
import { wholeSentences } from "./window-text.ts";

/** Where a text stands that is too long to be read as a whole. */
export interface LongText {
  readonly type: SearchType;
  readonly sourceId: string;
  readonly chunkIndex: number | null;
}

/** Characters of a cell, the unit in which a text is weighed (a regular expression of PostgreSQL counts to 255). */
const CELL = 250;
/** Cells on either side of the best one that belong to its window: 1,750 characters in all. */
const BESIDE = 3;

/**
 * Bytes that are read of one table, in the order of the texts. Measured with a question of nine words on a text of 2 MB:
 * 0.11 s on a server, 0.35 s on the embedded database, wherever its lines end.
 */
const MOST_BYTES = 8_000_000;

interface WindowRow {
  readonly place: number;
  readonly cell: number;
  readonly begins: boolean;
  readonly ends: boolean;
  readonly text: string;
}

/**
 * The stretches of long texts that hold the words of a query, for each text the best first, apart from each other. A word
 * counts the more, the fewer parts of the same text have it. The database cuts and weighs the texts: only what
 * is returned leaves it.
 *
 * @param texts the most important first: of each table those beyond about 8 MB are not looked at.
 * @param most windows of a text.
 * @returns in the order of the texts, each window at most 1,750 characters, from the text word for word; none where no word of the
 * query is in the text.
 */
export async function readBestWindows(
  workspaceId: string,
  query: string,
  texts: readonly LongText[],
  most: number,
  db: Database,
): Promise<string[][]> {
  const terms = windowTerms(query);
  const windows = texts.map((): string[] => []);
  if (terms.length === 0 || texts.length === 0) return windows;
  const sources = SEARCH_SOURCES.filter((source) => texts.some(({ type }) => type === source.type));
  await Promise.all(
    sources.map(async (source) => {
      const own = texts.flatMap((text, place) => (text.type === source.type ? [{ ...text, place }] : []));
      const { rows } = await db.query<WindowRow>(windowsStatement(source), [
        workspaceId,
        own.map(({ sourceId }) => sourceId),
        own.map(({ chunkIndex }) => chunkIndex),
        own.map(({ place }) => place),
        terms,
        most,
      ]);
      for (const { place } of own) {
        windows[place] = apart(rows.filter((row) => row.place === place)).slice(0, most);
      }
    }),
  );
  return windows;
}

/** Windows that do not overlap, those that come first before the others. */
function apart(rows: readonly WindowRow[]): string[] {
  const kept: WindowRow[] = [];
  for (const row of rows) {
    if (kept.every(({ cell }) => Math.abs(cell - row.cell) > 2 * BESIDE)) kept.push(row);
  }
  return kept.map(wholeSentences);
}

/**
 * $1 the workspace, $2 ids and $3 places of the texts (null where a source has one), $4 their numbers, $5 terms, $6 windows.
 *
 * A text is read once: into cells, of which each knows by the bits of a number which terms it has. A term at the
 * end of a cell may go on in the next one. Of each stretch as long as a window the best cell is taken, twice as
 * many as are wanted, because neighbours may overlap.
 */
function windowsStatement({ table, text, source, chunk }: SearchSource): string {
  const name = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`;
  const column = `e.${pg.escapeIdentifier(text)}`;
  const sameChunk = chunk === undefined ? "" : `AND e.${pg.escapeIdentifier(chunk)} = wanted.chunk`;
  const key = table.key.map((part) => `e.${pg.escapeIdentifier(part)}`).join(", ");
  const window = 2 * BESIDE + 1;
  return `
    WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[]) AS w (id, chunk, place)),
    texts AS MATERIALIZED (
      SELECT place, left(content, ${MOST_BYTES}) AS content
      FROM (
        SELECT place, content, sum(octet_length(content)) OVER (ORDER BY place) - octet_length(content) AS bytes_before
        FROM wanted CROSS JOIN LATERAL (
          SELECT ${column} AS content FROM ${name} e
          WHERE e.${pg.escapeIdentifier(source)} = wanted.id AND e.workspace_id = $1 ${sameChunk}
          ORDER BY ${key} LIMIT 1
        ) AS text
      ) AS found
      WHERE bytes_before < ${MOST_BYTES}
    ),
    cells AS MATERIALIZED (
      SELECT place, cell::int, part[1] AS content
      FROM texts CROSS JOIN LATERAL regexp_matches(content, '.{1,${CELL}}', 'g') WITH ORDINALITY AS c (part, cell)
    ),
    terms AS (
      SELECT term, 1::bigint << (number - 1)::int AS bit FROM unnest($5::text[]) WITH ORDINALITY AS t (term, number)
    ),
    has AS MATERIALIZED (
      SELECT place, cell, (SELECT bit_or(bit) FROM terms WHERE strpos(words, term) > 0) AS bits
      FROM (
        SELECT place, cell, ' ' || replace(lower(content), E'\\n', ' ')
          || lower(left(lead(content, 1, '') OVER (PARTITION BY place ORDER BY cell), 10)) AS words
        FROM cells
      ) AS folded
    ),
    weights AS MATERIALIZED (
      SELECT place, bit, ln(1 + count(*) / count(*) FILTER (WHERE bits & bit <> 0)::float8) AS weight
      FROM has CROSS JOIN terms GROUP BY place, bit HAVING count(*) FILTER (WHERE bits & bit <> 0) > 0
    ),
    scored AS (
      SELECT near.place, near.cell, near.cells, (
        SELECT sum(weight * CASE WHEN near.bits & bit <> 0 THEN 1.5 ELSE 1 END)
        FROM weights WHERE weights.place = near.place AND near.near_bits & bit <> 0
      ) AS score
      FROM (
        SELECT place, cell, bits, count(*) OVER (PARTITION BY place) AS cells,
          bit_or(bits) OVER (PARTITION BY place ORDER BY cell ROWS BETWEEN ${BESIDE} PRECEDING AND ${BESIDE} FOLLOWING) AS near_bits
        FROM has
      ) AS near
      WHERE near_bits <> 0
    ),
    best AS (
      SELECT *, row_number() OVER (PARTITION BY place ORDER BY score DESC, cell) AS rank
      FROM (
        SELECT DISTINCT ON (place, cell / ${window}) * FROM scored ORDER BY place, cell / ${window}, score DESC, cell
      ) AS best_of_stretch
    )
    SELECT best.place, best.cell, best.cell - ${BESIDE} <= 1 AS begins, best.cell + ${BESIDE} >= best.cells AS ends, (
      SELECT string_agg(cells.content, '' ORDER BY cells.cell) FROM cells
      WHERE cells.place = best.place AND cells.cell BETWEEN best.cell - ${BESIDE} AND best.cell + ${BESIDE}
    ) AS text
    FROM best WHERE best.rank <= 2 * $6::int
    ORDER BY best.place, best.rank`;
}
