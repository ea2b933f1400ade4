import { isRouteErrorResponse, Link, useRouteError } from "@remix-run/react";
import { isAnotherWorkspace } from "../services/access/another-workspace.ts";
import { SentElsewhere } from "./access/sent-elsewhere.tsx";

interface Told {
  heading: string;
  text: string;
}

const NOT_HERE: Told = {
  heading: "This is not here",
  text: "The address leads nowhere, or what it named has been deleted.",
};

const FAILED: Told = {
  heading: "Something went wrong",
  text: "The page could not be shown. The server’s log says why.",
};

/** Of a refusal the words of the service say what to do. */
const HEADINGS: Readonly<Record<number, string>> = {
  400: "This could not be read",
  403: "This is not for you to do",
  413: "This is too large",
  429: "Too many at once",
  503: "The database does not answer",
};

/** What a visitor sees when a route failed: what is known, and a way on. */
export function Problem() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && isAnotherWorkspace(error.data)) return <SentElsewhere {...error.data} />;
  const { heading, text } = toldOf(error);
  return (
    <section className="notice" role="alert">
      <h1>{heading}</h1>
      <p>{text}</p>
      <p>
        <Link to="/app">Back to search</Link>
      </p>
    </section>
  );
}

function toldOf(error: unknown): Told {
  if (!isRouteErrorResponse(error)) return FAILED;
  if (error.status === 404) return NOT_HERE;
  const heading = HEADINGS[error.status];
  const said = typeof error.data === "string" ? error.data : "";
  return heading === undefined || said === "" ? FAILED : { heading, text: said };
}
