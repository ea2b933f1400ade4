import { isRouteErrorResponse, Link, useRouteError } from "@remix-run/react";

/** What a visitor sees when a route failed: what is known, and a way on. */
export function Problem() {
  const error = useRouteError();
  const notFound = isRouteErrorResponse(error) && error.status === 404;
  return (
    <section className="notice" role="alert">
      <h1>{notFound ? "This is not here" : "Something went wrong"}</h1>
      <p>
        {notFound
          ? "The address leads nowhere, or what it named has been deleted."
          : "The page could not be shown. The server's log says why."}
      </p>
      <p>
        <Link to="/app">Back to search</Link>
      </p>
    </section>
  );
}
