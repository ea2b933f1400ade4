import { Link } from "@remix-run/react";

interface NoRowsProps {
  databaseId: string;
  /** Number of the page of rows that was asked for. */
  page: number;
}

export function NoRows({ databaseId, page }: NoRowsProps) {
  if (page > 1) {
    return (
      <p className="quiet">
        There are no rows on page {page}. <Link to={`/app/databases/${databaseId}`}>To the first page</Link>
      </p>
    );
  }
  return (
    <section className="notice">
      <h2>No rows yet</h2>
      <p>
        <Link to={`/app/databases/${databaseId}/new`}>Add the first row</Link>. Its fields become the columns
        of the table.
      </p>
    </section>
  );
}
