import type { EmbeddingTable } from "../../../embedding-tables.ts";
import type { TableCatalog } from "../catalog.ts";
import type { Queryable } from "../queryable.ts";
import { readStorage, type StoredStorage, storageFigures } from "../storage.ts";
import { measureBytes } from "../table-bytes.ts";
import type { VerificationFigures } from "../verify/figures.ts";
import type { ProfileTable } from "./profile-figures.ts";
import { forecastProfiles, type ProfileForecast } from "./profile-forecast.ts";
import { profileTable } from "./profile-table.ts";

/** What the bookkeeping says about one table, as far as the comparison needs it. */
interface Bookkept {
  readonly storage: readonly StoredStorage[];
  readonly verification: { readonly figures: VerificationFigures } | null;
  readonly conversion: { readonly rowsTotal: number; readonly rowsConverted: number } | null;
}

/** What is known of the rows of a table. */
interface KnownRows {
  /** With an embedding; undefined before the first VACUUM or ANALYZE. */
  readonly embedded: number | undefined;
  /** One that knows more than the statistics. */
  readonly forecast: ProfileForecast | undefined;
}

/** Compares the indexes of one table. Reads catalog and bookkeeping, never a row. Null where there is no such table. */
export async function readProfileTable(
  client: Queryable,
  table: EmbeddingTable,
  catalog: TableCatalog,
  bookkept: Bookkept,
  rows: KnownRows,
): Promise<ProfileTable | null> {
  const { phase } = catalog;
  if (phase === "absent") return null;
  const { storage, figures } = phase === "contracted" ? await readPast(client, table) : stored(bookkept);
  const now = storageFigures(await measureBytes(client, table));
  return profileTable({
    table,
    catalog,
    now,
    baseline: storage.find(({ moment }) => moment === "baseline"),
    verification: figures,
    embedded: rows.embedded,
    forecast: rows.forecast ?? estimated(table, phase, now, rows.embedded, bookkept.conversion),
  });
}

function stored({ storage, verification }: Bookkept): Past {
  return { storage, figures: verification?.figures ?? null };
}

function estimated(
  { dimensions, hnsw: { m } }: EmbeddingTable,
  phase: TableCatalog["phase"],
  now: ReturnType<typeof storageFigures>,
  rows: number | undefined,
  conversion: Bookkept["conversion"],
): ProfileForecast | null {
  if (rows === undefined) return null;
  const unconverted =
    conversion === null ? rows : Math.max(0, conversion.rowsTotal - conversion.rowsConverted);
  return forecastProfiles({ phase, now, rows, unconverted, dimensions, m });
}

interface Past {
  readonly storage: readonly StoredStorage[];
  readonly figures: VerificationFigures | null;
}

/** What contract left of the bookkeeping; nothing where that could not be kept, or is not ours to read. */
async function readPast(client: Queryable, table: EmbeddingTable): Promise<Past> {
  const { rows: readable } = await client.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'vector_metrics' AND c.relname IN ('past_storage', 'past_verifications')
       AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
  );
  if (readable.length < 2) return { storage: [], figures: null };
  const { rows } = await client.query<{ figures: VerificationFigures }>(
    "SELECT figures FROM vector_metrics.past_verifications WHERE table_name = $1",
    [table.name],
  );
  return {
    storage: await readStorage(client, table, "vector_metrics.past_storage"),
    figures: rows[0]?.figures ?? null,
  };
}
