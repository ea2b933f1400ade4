import { clockText, millisecondsText } from "./figures.ts";
import type { Connection } from "./use-live-metrics.ts";

const NOTES: Readonly<Record<Connection, string>> = {
  still: "As loaded",
  live: "Live",
  reconnecting: "Reconnecting…",
  reloading: "Reloading every 15 s",
};

interface LiveNoteProps {
  connection: Connection;
  seenAt: string;
  databaseMilliseconds: number;
}

/** How fresh the page is. */
export function LiveNote({ connection, seenAt, databaseMilliseconds }: LiveNoteProps) {
  return (
    <p className="live-note">
      <span className={`live live-${connection}`} role="status">
        {NOTES[connection]}
      </span>
      <span>
        <time dateTime={seenAt}>{clockText(seenAt)}</time>,{" "}
        {millisecondsText(Math.round(databaseMilliseconds))} of the database
      </span>
    </p>
  );
}
