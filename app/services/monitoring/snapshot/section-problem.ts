import { EMBEDDING_TABLES } from "../../../embedding-tables.ts";
import { isDatabaseAway } from "../../database-health.server.ts";
import { sqlState } from "../../halfvec/errors.ts";
import { qualified } from "../../halfvec/identifiers.ts";
import type { SectionProblem } from "../vector-metrics.ts";

/** Something that the figures need is not in the database; the message says how it comes there. */
export class MissingError extends Error {
  override readonly name = "MissingError";

  constructor(
    readonly kind: "extension-missing" | "schema-missing",
    message: string,
  ) {
    super(message);
  }
}

const METRICS_RELATION =
  /vector_metrics|search_latencies|shadow_reads|test_queries|accuracy_comparisons|admin_actions|past_/;

const METRICS_SCHEMA_MISSING =
  "The schema vector_metrics, which keeps the figures of the app's own searches, is not in this database. The statements that make it stand at the end of the migration init (prisma/migrations): run them as the owner of the database.";

/**
 * What is wrong where figures could not be read, and what to do.
 * @param role the role that the app is for the database, where that is known: for the GRANT that helps.
 */
export function sectionProblem(error: unknown, role: string | null): SectionProblem {
  if (error instanceof MissingError) return { kind: error.kind, message: error.message };
  const said = error instanceof Error ? error.message : String(error);
  if (isDatabaseAway(error)) {
    return {
      kind: "database-away",
      message: `The database does not answer (${said}). Look whether it runs and whether DATABASE_URL leads to it; the figures come back with it.`,
    };
  }
  switch (sqlState(error)) {
    case "57014":
      return {
        kind: "timeout",
        message:
          "The database was too busy for this: a query of the dashboard is given up after a second. It is tried again with the next reading.",
      };
    case "42501":
      return { kind: "permission", message: `${sentence(said)} ${grantsFor(said, role)}` };
    case "3F000":
    case "42P01":
      return {
        kind: "schema-missing",
        message: METRICS_RELATION.test(said)
          ? METRICS_SCHEMA_MISSING
          : `${sentence(said)} Look whether DATABASE_URL leads to the right database and its migrations are applied: npm run db:deploy -- --through init`,
      };
    default:
      return { kind: "unknown", message: `The figures could not be read: ${said}` };
  }
}

function grantsFor(said: string, role: string | null): string {
  const to = role === null ? "the role of the app" : role;
  const embeddings = EMBEDDING_TABLES.find(({ name }) => said.endsWith(` ${name}`));
  if (embeddings) return `As its owner, run: GRANT SELECT ON ${qualified(embeddings)} TO ${to};`;
  if (METRICS_RELATION.test(said)) {
    return `As its owner, run: GRANT USAGE ON SCHEMA vector_metrics TO ${to}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vector_metrics TO ${to};`;
  }
  return `As the role that runs the migration, run: GRANT USAGE ON SCHEMA halfvec_migration TO ${to}; GRANT SELECT ON ALL TABLES IN SCHEMA halfvec_migration TO ${to}; GRANT EXECUTE ON FUNCTION halfvec_migration.fingerprint(regclass) TO ${to};`;
}

function sentence(said: string): string {
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replace(/\.$/, "")}.`;
}
