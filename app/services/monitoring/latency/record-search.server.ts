import { observeSearch } from "../prometheus/search-duration.server.ts";
import type { RecordedSearch } from "../recording/recorded-figures.ts";
import { recorder } from "../recording/recorder.server.ts";

/**
 * Counts a search that was answered, for the dashboard and for the histogram of this process in `/metrics`. In memory,
 * some microseconds; `startRecording` takes it to the database.
 */
export function recordSearch(search: RecordedSearch): void {
  recorder.recordSearch(search);
  observeSearch(search);
}
