import { Link } from "@remix-run/react";
import type { DatabaseListItem } from "../../services/content/databases.server.ts";
import { When } from "../when.tsx";

export function DatabaseList({ databases }: { databases: readonly DatabaseListItem[] }) {
  if (databases.length === 0) {
    return (
      <section className="notice">
        <h2>No databases yet</h2>
        <p>
          A database is a named table: people, projects, packages. Give one a name below, then add its rows.
          Search finds rows by what they say.
        </p>
      </section>
    );
  }
  return (
    <ul className="list">
      {databases.map(({ id, name, rowCount, updatedAt }) => (
        <li key={id} className="list-line">
          <Link to={`/app/databases/${id}`}>{name || "Untitled database"}</Link>
          <span className="quiet">
            {rowCount === 1 ? "1 row" : `${rowCount} rows`} · <When at={updatedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
