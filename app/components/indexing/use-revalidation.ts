import { useRevalidator } from "@remix-run/react";
import { useEffect, useRef } from "react";

/** Between the end of one reading and the next, in milliseconds: short at first, then longer and longer. */
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 8_000;
const GROWTH = 1.25;

/** Reads the data of the page again and again while something moves and somebody looks. */
export function useRevalidation(moving: boolean): void {
  const { revalidate, state } = useRevalidator();
  const pause = useRef(SHORTEST_PAUSE);
  useEffect(() => {
    if (!moving) pause.current = SHORTEST_PAUSE;
    if (!moving || state !== "idle") return;
    const look = () => {
      if (document.visibilityState !== "visible") return;
      pause.current = Math.min(LONGEST_PAUSE, pause.current * GROWTH);
      revalidate();
    };
    const timer = setTimeout(look, pause.current);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [moving, state, revalidate]);
}
