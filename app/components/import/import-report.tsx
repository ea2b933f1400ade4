import { Link } from "@remix-run/react";
import type { UploadResult } from "../../services/import/import-uploaded-files.server.ts";

/** What became of the files: how many pages, and what is wrong with each of the others. */
export function ImportReport({
  result: { created, updated, unchanged, problems },
}: {
  result: UploadResult;
}) {
  const imported = created + updated + unchanged;
  return (
    <section className={imported === 0 ? "notice notice-problem" : "notice"} role="status">
      <h2>{imported === 0 ? "Nothing was imported" : `${counted(imported, "file")} imported`}</h2>
      {imported > 0 && (
        <p>
          {counted(created, "new page")}, {updated} updated, {unchanged} as before.{" "}
          <Link to="/app/pages">To the pages</Link>. Search finds them as soon as they are indexed.
        </p>
      )}
      {problems.length > 0 && (
        <>
          <p>{counted(problems.length, "file")} left out:</p>
          <ul className="problems">
            {problems.map(({ path, message }, place) => (
              <li key={keyOf(path, place)}>
                <code>{path}</code> {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** Two files may have the same path: that is one of the problems. */
function keyOf(path: string, place: number): string {
  return `${place}:${path}`;
}
