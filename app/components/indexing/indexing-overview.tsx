import { Form } from "@remix-run/react";
import type { IndexingCounts, ReindexProgress } from "../../services/rag/rag-indexing.server.ts";
import { WorkspaceField } from "../access/workspace-field.tsx";
import { When } from "../when.tsx";

interface IndexingOverviewProps {
  counts: IndexingCounts;
  /** The newest re-index; null where there was none. */
  run: ReindexProgress | null;
  /** Whether the reader may start one. */
  mayStart: boolean;
}

/** What search does not know yet, and how far a re-index is. */
export function IndexingOverview({ counts, run, mayStart }: IndexingOverviewProps) {
  const running = run !== null && run.waiting > 0;
  return (
    <>
      <section aria-labelledby="indexing_now">
        <h2 id="indexing_now">What search knows</h2>
        <p role="status">{knowledge(counts)}</p>
      </section>
      <section aria-labelledby="indexing_again">
        <h2 id="indexing_again">Index everything again</h2>
        <p>
          Pages, rows and documents that other programs wrote, or that were written with another embedding
          model, are found after that. What is right already stays as it is, and search goes on meanwhile.
        </p>
        {run !== null && <RunProgress run={run} />}
        {mayStart ? (
          <Form method="post">
            <WorkspaceField />
            <button type="submit" name="intent" value="reindex" className="button" disabled={running}>
              {running ? "Being indexed…" : "Index again"}
            </button>
          </Form>
        ) : (
          <p className="quiet">An admin of the workspace can start it.</p>
        )}
      </section>
    </>
  );
}

function knowledge({ waiting, active, failed }: IndexingCounts): string {
  const pending = waiting + active;
  if (pending > 0) {
    const texts = pending === 1 ? "1 text is" : `${pending} texts are`;
    return `${texts} being indexed. Until then search finds what they said before.`;
  }
  if (failed === 0) return "Search knows everything that was written.";
  return `Search knows everything that was written, except for ${failed === 1 ? "1 text" : `${failed} texts`}: see below.`;
}

function RunProgress({ run: { total, done, failed, waiting, startedAt } }: { run: ReindexProgress }) {
  const through = done + failed;
  return (
    <div className="progress">
      <progress max={Math.max(1, total)} value={total === 0 ? 1 : through} aria-label="Indexed again" />
      <p className="quiet">
        {waiting > 0 ? `${through} of ${total}` : `All ${total}`}
        {failed > 0 && `, ${failed} of them not`}, started <When at={startedAt} />
      </p>
    </div>
  );
}
