import { describe, expect, test } from "vitest";
import { MissingError, sectionProblem } from "./section-problem.ts";

const sqlError = (code: string, message: string) => Object.assign(new Error(message), { code });

describe("a problem is told by its kind, with what to do", () => {
  test.for([
    ["database-away", sqlError("ECONNREFUSED", "connect ECONNREFUSED"), /DATABASE_URL/],
    ["database-away", new Error("Connection terminated unexpectedly"), /does not answer/],
    ["database-away", sqlError("55000", 'database "app" is not currently accepting connections'), /does not/],
    ["database-away", sqlError("3D000", 'database "app" does not exist'), /DATABASE_URL/],
    ["unknown", sqlError("55000", "lastval is not yet defined in this session"), /lastval/],
    ["timeout", sqlError("57014", "canceling statement due to statement timeout"), /too busy/],
    [
      "permission",
      sqlError("42501", "permission denied for table progress"),
      /GRANT SELECT ON ALL TABLES IN SCHEMA halfvec_migration TO "app"; GRANT EXECUTE/,
    ],
    [
      "permission",
      sqlError("42501", "permission denied for table search_latencies"),
      /GRANT .* ON ALL TABLES IN SCHEMA vector_metrics TO "app"/,
    ],
    [
      "permission",
      sqlError("42501", "permission denied for table documents"),
      /GRANT SELECT ON "public"\."documents" TO "app";$/,
    ],
    [
      "schema-missing",
      sqlError("42P01", 'relation "vector_metrics.shadow_reads" does not exist'),
      /prisma\/migrations/,
    ],
    ["schema-missing", sqlError("42P01", 'relation "documents" does not exist'), /db:deploy/],
    ["extension-missing", new MissingError("extension-missing", "Install pgvector."), /^Install pgvector\.$/],
    ["unknown", sqlError("XX000", "out of luck"), /out of luck/],
    ["unknown", "thrown text", /thrown text/],
  ] as const)("%s", ([kind, error, says]) => {
    expect(sectionProblem(error, '"app"')).toEqual({ kind, message: expect.stringMatching(says) });
  });
});

test("where the role is not known the GRANT says whose it is", () => {
  expect(sectionProblem(sqlError("42501", "permission denied for table claims"), null).message).toContain(
    "TO the role of the app",
  );
});
