import type { RecordedSearch } from "../recording/recorded-figures.ts";
import { recorder } from "../recording/recorder.server.ts";

/** Counts a search that was answered. In memory, some microseconds; `startRecording` takes it to the database. */
export function recordSearch(search: RecordedSearch): void {
  recorder.recordSearch(search);
}
