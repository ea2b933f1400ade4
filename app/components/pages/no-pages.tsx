import { Link } from "@remix-run/react";

export function NoPages() {
  return (
    <section className="notice">
      <h2>No pages yet</h2>
      <p>
        <Link to="/app/pages/new">Write the first one</Link>, or <Link to="/app/import">import a folder</Link>{" "}
        of Markdown files. Search finds what they say as soon as they are indexed.
      </p>
    </section>
  );
}
