import type { Report } from "../events.ts";
import { describeHidden, describeLag, ReplicaLag, type ReplicationLook } from "./replica-lag.ts";

/** One standby is told about so often at the most, and so often while the conversion waits for it. */
const TELL_EVERY_MS = 60_000;

/** Lets the conversion of one table wait while a standby is too far behind, and tells which and how far. */
export class ReplicaThrottle {
  readonly #limitSeconds: number;
  readonly #table: string;
  readonly #report: Report;
  readonly #lag = new ReplicaLag();
  #told: { name: string; at: number } | null = null;
  #toldHidden = false;

  /** @param limitSeconds how far a standby may be behind. */
  constructor(limitSeconds: number, table: string, report: Report) {
    this.#limitSeconds = limitSeconds;
    this.#table = table;
    this.#report = report;
  }

  /**
   * Whether a standby is too far behind for the conversion to go on.
   * @param at time of the look, in milliseconds of any clock that only goes forward.
   */
  holds(look: ReplicationLook, at: number): boolean {
    this.#tellHidden(look);
    const lag = this.#lag.furthest(look, at);
    if (lag === null || lag.seconds <= this.#limitSeconds) return false;
    if (this.#told?.name !== lag.name || at - this.#told.at >= TELL_EVERY_MS) {
      this.#told = { name: lag.name, at };
      this.#report({ event: "waiting", table: this.#table, reason: describeLag(lag, this.#limitSeconds) });
    }
    return true;
  }

  #tellHidden(look: ReplicationLook): void {
    if (this.#toldHidden) return;
    const message = describeHidden(look);
    if (message === null) return;
    this.#toldHidden = true;
    this.#report({ event: "warning", table: this.#table, message });
  }
}
