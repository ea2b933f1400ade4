import { Link } from "@remix-run/react";
import type { IndexingState } from "../../services/reading/read-page-view.server.ts";
import { useRevalidation } from "./use-revalidation.ts";

/** Says whether search knows the text yet, where it does not. Goes away by itself. */
export function IndexingNote({ state }: { state: IndexingState }) {
  useRevalidation(state === "waiting");
  return (
    <span className="indexing" role="status">
      {state === "waiting" && <span className="indexing-waiting">Being indexed…</span>}
      {state === "failed" && (
        <span className="indexing-failed">
          Not indexed. <Link to="/app/settings/indexing">See why</Link>
        </span>
      )}
    </span>
  );
}
