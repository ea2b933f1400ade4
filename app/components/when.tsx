import { useRouteLoaderData } from "@remix-run/react";
import type { loader } from "../routes/app.tsx";
import { inReadersWords } from "./readers-words.ts";

/** A moment in the reader's words: "3 minutes ago", "yesterday", "4 March 2026". */
export function When({ at }: { at: Date | string }) {
  const moment = new Date(at);
  // The server's clock at the time of the page: the same words in the browser, whatever its clock says.
  const now = useRouteLoaderData<typeof loader>("routes/app")?.now ?? moment;
  return (
    <time
      dateTime={moment.toISOString()}
      title={`${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`}
    >
      {inReadersWords(moment, now)}
    </time>
  );
}
