import pg from "pg";
import { EMBEDDING_TABLES } from "../../../app/embedding-tables.ts";
import type { PhaseName } from "../../../app/services/halfvec/phases.ts";
import { EVERY_WORKSPACE } from "../../../app/services/rag/search-request.ts";
import { searchEmbeddings } from "../../../app/services/rag/vector-search.server.ts";
import { formatBytes, formatCount, formatShare } from "../../migrate-to-halfvec/format.ts";
import { type Bench, benchmark, dataOf } from "../benchmark.ts";
import { markdownTable } from "../markdown.ts";
import { contractAndRewrite, migrateUntil } from "../migrated-database.ts";
import { queryVectors } from "../search/sides.ts";

const ROWS = 50_000;
/** Searches of each table before the buffers are counted. */
const SEARCHES = 200;

/** Bytes on disk, and those of them that shared buffers hold after searches. */
interface PartFigures {
  part: "heap" | "TOAST" | "HNSW on vector" | "HNSW on halfvec" | "other indexes";
  bytes: number;
  buffered: number;
}

interface MomentFigures {
  moment: string;
  /** Sums over all tables. */
  parts: PartFigures[];
}

interface StorageResult {
  rows: number;
  moments: MomentFigures[];
}

/** Bytes have no spread: each moment is measured once. */
export const STORAGE = benchmark<StorageResult>({
  name: "storage",
  title: "Storage and memory",
  once: true,
  async *run(bench) {
    const data = dataOf(bench, ROWS);
    const url = await bench.scratch.template(EMBEDDING_TABLES, data);
    const moments = [await measureMoment(bench, url, "baseline")];
    for (const phase of ["expand", "convert", "index", "verify", "swap"] satisfies PhaseName[]) {
      await migrateUntil(url, phase);
      if (phase !== "verify") moments.push(await measureMoment(bench, url, phase));
    }
    await contractAndRewrite(url);
    moments.push(await measureMoment(bench, url, "contract and VACUUM (FULL)"));
    yield { result: { rows: data.rows, moments } };
  },
  report: ({ rows, moments }) => {
    const names = moments[0]?.parts.map(({ part }) => part) ?? [];
    const first = totalOf(moments[0]);
    return [
      `${formatCount(rows)} rows in each of ${EMBEDDING_TABLES.length} tables. In brackets the share that shared buffers hold after ${SEARCHES} searches of each table, begun with what the step before left there.`,
      "",
      ...markdownTable(
        ["after", ...names, "total", "of baseline"],
        moments.map((moment) => [
          moment.moment,
          ...moment.parts.map(({ bytes, buffered }) =>
            bytes === 0 ? "–" : `${formatBytes(bytes)} (${formatShare(buffered / bytes)})`,
          ),
          formatBytes(totalOf(moment)),
          formatShare(totalOf(moment) / first, 1),
        ]),
      ),
    ];
  },
});

function totalOf(moment: MomentFigures | undefined): number {
  return (moment?.parts ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

async function measureMoment(bench: Bench, url: string, moment: string): Promise<MomentFigures> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  try {
    for (const table of EMBEDDING_TABLES) {
      for (const vector of queryVectors(table, SEARCHES)) {
        await searchEmbeddings({ table, vector, limit: 10, workspaceId: EVERY_WORKSPACE }, pool);
      }
    }
    await pool.query("CREATE EXTENSION IF NOT EXISTS pg_buffercache");
    const { rows } = await pool.query<PartFigures>(PARTS, [EMBEDDING_TABLES.map(({ name }) => name)]);
    const figures = { moment, parts: rows };
    bench.say(`${moment}: ${formatBytes(totalOf(figures))}`);
    return figures;
  } finally {
    await pool.end();
  }
}

/** `$1` the names of the tables. All forks of each relation; TOAST with its index. */
const PARTS = `
  WITH relations AS (
    SELECT 'heap' AS part, c.oid FROM pg_class c WHERE c.oid = ANY ($1::regclass[])
    UNION ALL
    SELECT 'TOAST', t.oid FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid
    WHERE c.oid = ANY ($1::regclass[])
    UNION ALL
    SELECT 'TOAST', i.indexrelid FROM pg_class c JOIN pg_index i ON i.indrelid = c.reltoastrelid
    WHERE c.oid = ANY ($1::regclass[])
    UNION ALL
    SELECT CASE o.opcname WHEN 'vector_cosine_ops' THEN 'HNSW on vector'
                          WHEN 'halfvec_cosine_ops' THEN 'HNSW on halfvec' ELSE 'other indexes' END, i.indexrelid
    FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
    WHERE i.indrelid = ANY ($1::regclass[])
  ), buffers AS (
    SELECT relfilenode, count(*) * current_setting('block_size')::int AS bytes
    FROM pg_buffercache
    WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY relfilenode
  )
  SELECT parts.part, coalesce(sum(size.bytes), 0)::float8 AS bytes, coalesce(sum(b.bytes), 0)::float8 AS buffered
  FROM (VALUES (1, 'heap'), (2, 'TOAST'), (3, 'HNSW on vector'), (4, 'HNSW on halfvec'), (5, 'other indexes'))
       AS parts(place, part)
  LEFT JOIN relations r ON r.part = parts.part
  LEFT JOIN LATERAL (
    SELECT sum(pg_relation_size(r.oid, fork)) AS bytes FROM unnest(ARRAY['main', 'fsm', 'vm', 'init']) AS fork
  ) AS size ON r.oid IS NOT NULL
  LEFT JOIN buffers b ON b.relfilenode = pg_relation_filenode(r.oid)
  GROUP BY parts.place, parts.part
  ORDER BY parts.place`;
