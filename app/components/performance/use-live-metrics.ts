import { useRevalidator } from "@remix-run/react";
import { useEffect, useState } from "react";
import type { VectorMetrics } from "../../services/monitoring/vector-metrics.ts";
import { PAGE } from "./page-address.ts";

/** `still` before the script runs, `reconnecting` while the browser tries again, `reloading` where it gave up. */
export type Connection = "still" | "live" | "reconnecting" | "reloading";

/** Where streams do not come through, the page is read again after so many milliseconds. */
const RELOAD_MS = 15_000;

interface LiveMetrics {
  readonly metrics: VectorMetrics;
  readonly connection: Connection;
  /** When the figures were last found to be so. */
  readonly seenAt: string;
}

/** The figures of the page, and newer ones as they come, while somebody looks at it. */
export function useLiveMetrics(loaded: { metrics: VectorMetrics; version: string }): LiveMetrics {
  const [streamed, setStreamed] = useState<VectorMetrics | null>(null);
  const [seenAt, setSeenAt] = useState(loaded.metrics.takenAt);
  const [connection, setConnection] = useState<Connection>("still");
  const { revalidate } = useRevalidator();
  const isVisible = useVisible();
  const { version } = loaded;

  useEffect(() => {
    if (!isVisible) return;
    const events = new EventSource(`${PAGE}/events?seen=${encodeURIComponent(version)}`);
    let reload: ReturnType<typeof setInterval> | undefined;
    events.addEventListener("open", () => setConnection("live"));
    events.addEventListener("metrics", ({ data }: MessageEvent<string>) => {
      const metrics = JSON.parse(data) as VectorMetrics;
      setStreamed(metrics);
      setSeenAt(metrics.takenAt);
    });
    events.addEventListener("unchanged", ({ data }: MessageEvent<string>) => {
      setSeenAt((JSON.parse(data) as { takenAt: string }).takenAt);
    });
    // Reading the page again leads to the sign-in.
    events.addEventListener("over", () => {
      events.close();
      revalidate();
    });
    events.addEventListener("error", () => {
      const gaveUp = events.readyState === EventSource.CLOSED;
      setConnection(gaveUp ? "reloading" : "reconnecting");
      if (gaveUp) reload ??= setInterval(revalidate, RELOAD_MS);
    });
    return () => {
      clearInterval(reload);
      events.close();
    };
  }, [isVisible, version, revalidate]);

  const { takenAt } = loaded.metrics;
  const isNewer = streamed !== null && laterOf(streamed.takenAt, takenAt) !== takenAt;
  const metrics = isNewer ? streamed : loaded.metrics;
  return { metrics, connection, seenAt: laterOf(seenAt, metrics.takenAt) };
}

/** Whether the page is in sight; nobody reads a stream in a hidden tab. */
function useVisible(): boolean {
  const [isVisible, setVisible] = useState(true);
  useEffect(() => {
    const look = () => setVisible(document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}

function laterOf(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? one : other;
}
