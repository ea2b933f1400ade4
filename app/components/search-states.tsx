import { Link } from "@remix-run/react";
import type { SearchProblem } from "../services/rag/search-problem.server.ts";
import type { SearchType } from "../services/rag/search-types.ts";
import { TYPE_NAMES } from "./type-names.ts";

/** The page before a search, with data to search or without. */
export function Invitation({ searchable }: { searchable: boolean }) {
  if (!searchable) {
    return (
      <section className="notice">
        <h2>Nothing to search yet</h2>
        <p>The database is ready and empty. Import a folder of Markdown files as a workspace:</p>
        <pre>
          <code>npm run seed -- --from DIR</code>
        </pre>
      </section>
    );
  }
  return (
    <section className="invitation">
      <p>
        Search compares meaning, not words: a question finds the passages that answer it, in pages, blocks,
        database rows and documents at once.
      </p>
    </section>
  );
}

interface NoMatchesProps {
  query: string;
  /** The types that were searched, where not all were. */
  types: readonly SearchType[];
}

export function NoMatches({ query, types }: NoMatchesProps) {
  const everywhere = `/app?${new URLSearchParams({ q: query })}`;
  return (
    <section className="notice">
      <h2>No matches</h2>
      {types.length > 0 ? (
        <p>
          Nothing among the {types.map((type) => TYPE_NAMES[type].plural.toLowerCase()).join(" and ")} comes
          near “{query}”. <Link to={everywhere}>Search everything</Link>
        </p>
      ) : (
        <p>Nothing comes near “{query}”. What was written a moment ago is found as soon as it is embedded.</p>
      )}
    </section>
  );
}

/** A search that failed, with what to do about it. */
export function SearchFailed({ problem }: { problem: SearchProblem }) {
  return (
    <section className="notice notice-problem" role="alert">
      <h2>{problem.title}</h2>
      <p>{problem.detail}</p>
      {problem.type === "database-away" && (
        <p>
          Start it with <code>npm run db:start</code>, or check <code>DATABASE_URL</code>, then search again.
        </p>
      )}
      {problem.type === "not-migrated" && (
        <p>
          Apply the migrations with <code>npx prisma migrate deploy</code>.
        </p>
      )}
    </section>
  );
}
